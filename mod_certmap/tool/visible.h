// Texts of certificates and logs for a terminal: whoever made them must not steer it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace certmap {

/// Bytes that are not UTF-8 become U+FFFD; control, format and line-separator characters are
/// written as \uXXXX.
std::string visible(std::string_view text);

/// JSON, indented, with a newline at its end; the same is done to its strings.
std::string visible_json(const nlohmann::ordered_json& json);

}  // namespace certmap
