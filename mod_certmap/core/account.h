// Which text may become r->user.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace certmap {

inline constexpr std::size_t kMaxAccountLength = 255;  ///< bytes

/// Why `account` must not become a user name (contract section 4, number 9); empty: it may.
std::optional<std::string> unsafe_account(std::string_view account);

/// True for well-formed UTF-8 without control characters (C0, DEL, C1).
bool is_clean_text(std::string_view text);

}  // namespace certmap
