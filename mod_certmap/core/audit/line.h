// An audit event as the line that is written: escaped, and never longer than kMaxAuditLine.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace certmap {

/// `event` as one line with its newline. Bytes that are not UTF-8 become U+FFFD; control, format
/// and line-separator characters are written as \uXXXX. Where the line would be longer than
/// kMaxAuditLine, `certmap.truncated` is set, and `certmap.san` is dropped from its end, then
/// `certmap.rules_tried`, then every long text is cut.
std::string audit_line(nlohmann::ordered_json event);

}  // namespace certmap
