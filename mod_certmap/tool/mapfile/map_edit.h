// Changes to the text of a map file (docs/map-file.md) that leave everything else as it is:
// comments, order, line ends, byte order mark, a missing last newline.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace certmap {

/// A field of a line: quoted where it must be.
std::string map_field(std::string_view text);

struct NewEntry {
  std::string key;      ///< ATTRIBUTE:VALUE, not quoted
  std::string account;  ///< "!" blocks
  std::string groups;   ///< NAME,...; empty: none
  std::string expires;  ///< YYYY-MM-DD; empty: never
};

/// The entry as a line, without its end.
std::string entry_line(const NewEntry& entry);

/// Adds a line. Where the file has lines, the new one ends as the first of them does.
void append_line(std::string& text, std::string_view line);

/// The lines without their ends, and the first without a byte order mark. They are views of `text`.
std::vector<std::string_view> map_lines(std::string_view text);

/// `text` without these lines.
std::string without_lines(std::string_view text, const std::vector<std::uint32_t>& numbers);
/// `text` with `mark` before these lines.
std::string with_marked_lines(std::string_view text, const std::vector<std::uint32_t>& numbers,
                              std::string_view mark);

}  // namespace certmap
