// JSON read and written. The library's own parser and writer are asked here alone: each source that
// asks them has them compiled anew, which takes seconds.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace certmap {

/// What `text` says; is_discarded() where it is no JSON.
nlohmann::ordered_json parse_json(std::string_view text);

// In what is written, octets that are not UTF-8 become U+FFFD.

/// `text` as a string.
std::string json_string(std::string_view text);

/// `json` on one line, without its end.
std::string utf8_line(const nlohmann::ordered_json& json);

/// The same in ASCII.
std::string ascii_line(const nlohmann::ordered_json& json);

/// `json` in ASCII, indented, with a newline at its end.
std::string ascii_json(const nlohmann::ordered_json& json);

/// For terminals and pages: `json`, indented, with a newline at its end. The invisible characters
/// of its strings are written as \uXXXX.
std::string visible_json(const nlohmann::ordered_json& json);

/// An object that is written field by field, in their order. Copies are one object.
class JsonObject {
 public:
  JsonObject();

  void text(const std::string& name, std::string_view value);
  void number(const std::string& name, std::int64_t value);
  void boolean(const std::string& name, bool value);
  void texts(const std::string& name, const std::vector<std::string>& values);
  void object(const std::string& name, const JsonObject& value);
  void objects(const std::string& name, const std::vector<JsonObject>& values);

  /// As visible_json().
  std::string visible() const;

 private:
  std::shared_ptr<nlohmann::ordered_json> fields_;
};

}  // namespace certmap
