// Which text may become r->user, and which may be asked for in a directory.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace certmap {

inline constexpr std::size_t kMaxAccountLength = 255;  ///< bytes

/// What makes `account` unfit for a user name, as the rest of a sentence that begins with "the
/// account"; empty: nothing.
std::optional<std::string> unsafe_account(std::string_view account);

/// The same for a text that is put into a filter, as the rest of a sentence that begins with "the
/// value": what a directory might take for another text (RFC 4518) is unsafe besides.
std::optional<std::string> unsafe_filter_value(std::string_view text);

/// True where there is nothing but printable ASCII and blanks: then neither UTF-8 nor Unicode's
/// tables need to be looked at.
bool is_plain_ascii(std::string_view text);

/// True for well-formed UTF-8 without control characters (C0, DEL, C1).
bool is_clean_text(std::string_view text);

}  // namespace certmap
