// Octets as text: hexadecimal, base64 (RFC 4648), decimal digits; and text in lower case.
#pragma once

#include <string>
#include <string_view>

namespace certmap {

inline constexpr char kHexDigits[] = "0123456789abcdef";
inline constexpr char kUpperHexDigits[] = "0123456789ABCDEF";
/// Two digits for each octet, lower-case ones if nothing else is said.
std::string hex(std::string_view octets, const char (&digits)[17] = kHexDigits);
std::string base64(std::string_view octets);  ///< RFC 4648 section 4, with padding
/// The digits of an unsigned big-endian number; empty where it has more than 512 octets.
std::string decimal(std::string_view octets);
/// ASCII only.
constexpr char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
std::string to_lower(std::string_view text);

/// An editor may have put it before the first line of a text in UTF-8.
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace certmap
