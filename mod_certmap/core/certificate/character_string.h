// The ASN.1 character strings, as UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace certmap {

inline constexpr std::size_t kMaxValueLength = 4096;  ///< bytes

/// True for the universal tags that decode() reads. GeneralString, GraphicString and VideotexString
/// are none of them: what their octets mean depends on escape sequences, and OpenSSL leaves them
/// alone.
bool is_character_string(int tag);

/// Decodes strictly by the tag; T61String as Latin-1, which is what CAs write into it. Answers what
/// is wrong, as the end of a sentence ("holds a control character"), or null. `utf8` is set where
/// the octets decode, even to a text that is refused.
const char* decode_character_string(int tag, std::string_view octets, std::string& utf8);

/// What is wrong with a decoded text; null: nothing.
const char* complaint_about(std::string_view utf8);

}  // namespace certmap
