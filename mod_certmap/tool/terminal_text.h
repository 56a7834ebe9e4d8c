// What strangers wrote, made safe for a terminal.
#pragma once

#include <string>
#include <string_view>

namespace certmap {

/// `text` with control, format (bidi among them) and line-separator characters as \uXXXX, and bytes
/// that are not UTF-8 as U+FFFD.
std::string for_terminal(std::string_view text);

/// The same for indented JSON, which keeps its line ends: such characters stand only inside its
/// strings, where \uXXXX means the character.
std::string json_for_terminal(std::string_view json);

/// How many columns of a terminal `text` takes.
std::size_t columns_of(std::string_view text);

}  // namespace certmap
