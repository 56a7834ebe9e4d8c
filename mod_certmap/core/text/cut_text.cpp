#include "core/text/cut_text.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace certmap {

std::string_view cut_text(std::string_view text, std::size_t length) {
  if (text.size() <= length) return text;
  const std::size_t least = length - std::min<std::size_t>(length, 3);
  while (length > least && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length;
  return text.substr(0, length);
}

}  // namespace certmap
