// One line of a map file as fields: blanks, quotes and comments (docs/map-file.md).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace certmap {

/// Throws ConfigError where `line` is not UTF-8 or has a control character other than a tab.
void check_map_characters(std::string_view line);

/// What looks like a blank outside quotes and comment and is none, such as a no-break space:
/// U+00A0. `line` is UTF-8.
std::optional<std::string> odd_blank(std::string_view line);

/// Takes the fields of a line off its front.
class MapFields {
 public:
  /// `scratch` holds quoted fields without their escapes; it must outlive the fields.
  MapFields(std::string_view line, std::string& scratch);
  /// The next field; empty at the line's end or comment. Throws ConfigError.
  std::optional<std::string_view> next();

 private:
  std::string_view plain();
  std::string_view quoted();
  std::string_view unescaped(std::size_t first_backslash);
  std::string_view closed(std::string_view field, std::size_t quote);

  std::string_view rest_;
  std::string& scratch_;
};

}  // namespace certmap
