// Text of httpd's structures, where null stands for none.
#pragma once

#include <string_view>

namespace certmap {

/// A view of the same characters, which end with a null character.
inline std::string_view or_empty(const char* text) { return text ? text : ""; }

}  // namespace certmap
