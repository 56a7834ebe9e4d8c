// Texts that are too long.
#pragma once

#include <cstddef>
#include <string_view>

namespace certmap {

/// The first `length` bytes of `text` at most; a UTF-8 character is kept or left out whole.
std::string_view cut_text(std::string_view text, std::size_t length);

}  // namespace certmap
