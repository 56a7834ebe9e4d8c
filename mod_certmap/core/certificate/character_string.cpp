#include "core/certificate/character_string.h"

#include <openssl/asn1.h>
#include <unistr.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "core/certificate/account.h"

namespace certmap {
namespace {

bool decode_ascii(std::string_view octets, std::string& utf8) {
  if (std::any_of(octets.begin(), octets.end(), [](unsigned char c) { return c >= 0x80; })) {
    return false;
  }
  utf8 = octets;
  return true;
}

// T.61 proper is written by nobody: CAs put Latin-1 into it.
bool decode_latin1(std::string_view octets, std::string& utf8) {
  std::string text;
  text.reserve(octets.size());
  for (const unsigned char c : octets) {
    if (c >= 0x80) text += static_cast<char>(0xc0 | c >> 6);
    text += static_cast<char>(c >= 0x80 ? 0x80 | (c & 0x3f) : c);
  }
  utf8 = std::move(text);
  return true;
}

bool decode_utf8(std::string_view octets, std::string& utf8) {
  if (u8_check(reinterpret_cast<const std::uint8_t*>(octets.data()), octets.size())) return false;
  utf8 = octets;
  return true;
}

bool decode_digits(std::string_view octets, std::string& utf8) {
  return octets.find_first_not_of("0123456789 ") == octets.npos && decode_ascii(octets, utf8);
}

// Big-endian code points; u8_uctomb() refuses surrogates, which no BMPString may hold.
template <std::size_t width>
bool decode_wide(std::string_view octets, std::string& utf8) {
  if (octets.size() % width != 0) return false;
  std::string text;
  for (std::size_t at = 0; at < octets.size(); at += width) {
    ucs4_t character = 0;
    for (const unsigned char octet : octets.substr(at, width)) character = character << 8 | octet;
    std::uint8_t encoded[6];
    const int length = u8_uctomb(encoded, character, sizeof encoded);
    if (length < 0) return false;
    text.append(reinterpret_cast<const char*>(encoded), length);
  }
  utf8 = std::move(text);
  return true;
}

struct StringType {
  int tag;
  bool keeps_ascii;  ///< printable ASCII is valid, and its own UTF-8
  bool (*decode)(std::string_view octets, std::string& utf8);
  const char* complaint;
};

constexpr StringType kTypes[] = {
    {V_ASN1_UTF8STRING, true, decode_utf8, "is not valid UTF-8"},
    {V_ASN1_PRINTABLESTRING, true, decode_ascii, "is a PrintableString beyond ASCII"},
    {V_ASN1_IA5STRING, true, decode_ascii, "is an IA5String beyond ASCII"},
    {V_ASN1_BMPSTRING, false, decode_wide<2>, "is not a valid BMPString"},
    {V_ASN1_UNIVERSALSTRING, false, decode_wide<4>, "is not a valid UniversalString"},
    {V_ASN1_T61STRING, true, decode_latin1, nullptr},
    {V_ASN1_NUMERICSTRING, false, decode_digits, "is a NumericString with more than digits"},
    {V_ASN1_VISIBLESTRING, true, decode_ascii, "is a VisibleString beyond ASCII"},
};

const StringType* find_type(int tag) {
  const auto* type = std::ranges::find(kTypes, tag, &StringType::tag);
  return type == std::end(kTypes) ? nullptr : type;
}

}  // namespace

bool is_character_string(int tag) { return find_type(tag); }

const char* complaint_about(std::string_view utf8) {
  if (utf8.size() > kMaxValueLength) return "is longer than 4096 bytes";
  return is_clean_text(utf8) ? nullptr : "holds a control character";
}

const char* decode_character_string(int tag, std::string_view octets, std::string& utf8) {
  const auto* type = find_type(tag);
  if (!type) return "has the wrong type";
  if (type->keeps_ascii && octets.size() <= kMaxValueLength && is_plain_ascii(octets)) {
    utf8 = octets;
    return nullptr;
  }
  return type->decode(octets, utf8) ? complaint_about(utf8) : type->complaint;
}

}  // namespace certmap
