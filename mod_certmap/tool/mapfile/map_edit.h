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

std::uint32_t count_lines(std::string_view text);
/// A line without its end, and the first without a byte order mark. `number` begins with 1.
std::string_view line_at(std::string_view text, std::uint32_t number);

/// `text` without these lines.
std::string without_lines(std::string_view text, const std::vector<std::uint32_t>& numbers);
/// `text` with `mark` before these lines.
std::string with_marked_lines(std::string_view text, const std::vector<std::uint32_t>& numbers,
                              std::string_view mark);

}  // namespace certmap
