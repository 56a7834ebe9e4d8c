// Microsoft's security identifier extension, 1.3.6.1.4.1.311.25.2.
#pragma once

#include <string_view>

namespace certmap {

/// True for text like S-1-5-21-1-2-3-1104.
bool is_sid(std::string_view text);

/// The SID in the octets of `extension`, of which it is a part; empty where it cannot be read or is
/// not the only one.
std::string_view read_sid(std::string_view extension);

}  // namespace certmap
