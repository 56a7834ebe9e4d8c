#include "core/text/visible.h"

#include <unictype.h>
#include <unistr.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <string_view>

namespace certmap {
namespace {

constexpr ucs4_t kReplacement = 0xFFFD;

/// No function: std::find_if() would call it for every byte.
constexpr auto kIsPrintableAscii = [](char byte) { return byte >= 0x20 && byte < 0x7F; };

ucs4_t first_character(std::string_view text, int& length) {
  ucs4_t character = 0;
  length = u8_mbtouc(&character, reinterpret_cast<const uint8_t*>(text.data()), text.size());
  return character;
}

void append_escaped(std::string& out, ucs4_t character) {
  std::array<char, 16> text{};
  if (character < 0x10000) {
    std::snprintf(text.data(), text.size(), "\\u%04x", character);
  } else {  // RFC 8259 section 7: a surrogate pair
    const unsigned high = 0xD800 + ((character - 0x10000) >> 10);
    const unsigned low = 0xDC00 + ((character - 0x10000) & 0x3FF);
    std::snprintf(text.data(), text.size(), "\\u%04x\\u%04x", high, low);
  }
  out += text.data();
}

std::string valid_utf8(std::string_view text) {
  std::string out;
  for (int length = 0; !text.empty(); text.remove_prefix(length))
    out += first_character(text, length) == kReplacement ? "\uFFFD" : text.substr(0, length);
  return out;
}

}  // namespace

std::string_view cut_text(std::string_view text, std::size_t length) {
  if (text.size() <= length) return text;
  const std::size_t least = length - std::min<std::size_t>(length, 3);
  while (length > least && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length;
  return text.substr(0, length);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

bool is_invisible(std::uint32_t character) {
  return uc_is_general_category_withtable(character, UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Cf |
                                                         UC_CATEGORY_MASK_Zl | UC_CATEGORY_MASK_Zp);
}

std::string escape_invisible(std::string text) {
  std::string out;
  std::size_t copied = 0;
  auto next = std::find_if_not(text.begin(), text.end(), kIsPrintableAscii);
  while (next != text.end()) {
    const std::size_t position = next - text.begin();
    int length = 0;
    const auto character = first_character(std::string_view(text).substr(position), length);
    if (is_invisible(character)) {
      out.append(text, copied, position - copied);
      append_escaped(out, character);
      copied = position + length;
    }
    next = std::find_if_not(next + length, text.end(), kIsPrintableAscii);
  }
  if (copied == 0) return text;
  return out.append(text, copied);
}

std::string visible(std::string_view text) {
  if (std::ranges::all_of(text, kIsPrintableAscii)) return std::string(text);
  return escape_invisible(valid_utf8(text));
}

}  // namespace certmap
