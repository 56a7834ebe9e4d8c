#include "tool/columns.h"

#include <uniwidth.h>

#include <cstdint>

#include "core/certificate/account.h"

namespace certmap {

std::size_t columns_of(std::string_view text) {
  if (is_plain_ascii(text)) return text.size();
  const int width =
      u8_width(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(), "UTF-8");
  return width > 0 ? static_cast<std::size_t>(width) : 0;
}

}  // namespace certmap
