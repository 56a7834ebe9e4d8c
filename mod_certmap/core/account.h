// Which text may become r->user.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace certmap {

inline constexpr std::size_t kMaxAccountLength = 255;  ///< bytes

/// What makes `account` unfit for a user name, as the rest of a sentence that begins with "the
/// account"; empty: nothing.
std::optional<std::string> unsafe_account(std::string_view account);

/// True where there is nothing but printable ASCII and blanks: then neither UTF-8 nor Unicode's
/// tables need to be looked at.
bool is_plain_ascii(std::string_view text);

/// True for well-formed UTF-8 without control characters (C0, DEL, C1).
bool is_clean_text(std::string_view text);

}  // namespace certmap
