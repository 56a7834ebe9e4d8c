// JSON for terminals and pages.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace certmap {

/// `json`, indented, with a newline at its end. The invisible characters of its strings are written
/// as \uXXXX, and octets that are not UTF-8 become U+FFFD.
std::string visible_json(const nlohmann::ordered_json& json);

}  // namespace certmap
