// A name that was typed with its widest part first, as other programs print it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace certmap {

/// Says that `typed`, a good RFC 4514 name, stands the wrong way round; empty: its order is a usual
/// one.
std::optional<std::string> doubt_about_order(std::string_view typed);

}  // namespace certmap
