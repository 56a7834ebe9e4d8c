// What becomes of an audit event that is too long for its line.
#pragma once

#include <string>

namespace certmap {

/// `line`, which is longer than kMaxAuditLine, cut to that: `certmap.truncated` is set, and
/// `certmap.rules_tried` is dropped from its end, then every text that may be long is cut.
/// `certmap.san` must be dropped already.
std::string shortened(const std::string& line);

}  // namespace certmap
