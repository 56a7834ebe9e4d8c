// JSON read and written. The library's own parser and writer are asked here alone: each source that
// asks them has them compiled anew, which takes seconds.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace certmap {

/// What `text` says; is_discarded() where it is no JSON.
nlohmann::ordered_json parse_json(std::string_view text);

// In what is written, octets that are not UTF-8 become U+FFFD.

/// `json` on one line, without its end.
std::string utf8_line(const nlohmann::ordered_json& json);

/// The same in ASCII.
std::string ascii_line(const nlohmann::ordered_json& json);

/// `json` in ASCII, indented, with a newline at its end.
std::string ascii_json(const nlohmann::ordered_json& json);

/// For terminals and pages: `json`, indented, with a newline at its end. The invisible characters
/// of its strings are written as \uXXXX.
std::string visible_json(const nlohmann::ordered_json& json);

}  // namespace certmap
