// Tables on a terminal.
#pragma once

#include <cstddef>
#include <string_view>

namespace certmap {

/// How many columns `text`, which is visible(), takes.
std::size_t columns_of(std::string_view text);

}  // namespace certmap
