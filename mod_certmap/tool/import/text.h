// Small things that the readers of other programs' files share.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace certmap {

/// Calls `line` with each line's number and text, without its end and without a byte order mark.
void for_each_line(std::string_view text,
                   const std::function<void(std::size_t, std::string_view)>& line);

std::string_view trimmed(std::string_view text);

/// The octet of the two hexadecimal digits at the front.
std::optional<unsigned char> octet_of_hex(std::string_view text);

/// `text` in quotes, cut where it is long; safe for a terminal.
std::string quoted_for_message(std::string_view text);

}  // namespace certmap
