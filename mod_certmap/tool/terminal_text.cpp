#include "tool/terminal_text.h"

#include <unictype.h>
#include <unistr.h>
#include <uniwidth.h>

#include <array>
#include <cstdint>
#include <cstdio>

#include "core/account.h"

namespace certmap {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

const std::uint8_t* octets(std::string_view text) {
  return reinterpret_cast<const std::uint8_t*>(text.data());
}

bool is_invisible(ucs4_t character) {
  return uc_is_general_category_withtable(character, UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Cf |
                                                         UC_CATEGORY_MASK_Zl | UC_CATEGORY_MASK_Zp);
}

void append_unit(std::string& out, unsigned unit) {
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "\\u%04x", unit);
  out += text.data();
}

// RFC 8259 section 7: above U+FFFF a surrogate pair.
void append_escaped(std::string& out, ucs4_t character) {
  if (character < 0x10000) return append_unit(out, character);
  append_unit(out, 0xD800 + ((character - 0x10000) >> 10));
  append_unit(out, 0xDC00 + ((character - 0x10000) & 0x3FF));
}

void append_character(std::string& out, std::string_view& rest, bool keep_line_ends) {
  ucs4_t character = 0;
  const int length = u8_mbtoucr(&character, octets(rest), rest.size());
  const std::size_t taken = length > 0 ? static_cast<std::size_t>(length) : 1;
  if (length <= 0)
    out += kReplacement;
  else if (is_invisible(character) && !(keep_line_ends && character == '\n'))
    append_escaped(out, character);
  else
    out += rest.substr(0, taken);
  rest.remove_prefix(taken);
}

std::string shown_text(std::string_view text, bool keep_line_ends) {
  if (is_plain_ascii(text)) return std::string(text);
  std::string out;
  while (!text.empty()) append_character(out, text, keep_line_ends);
  return out;
}

}  // namespace

std::string for_terminal(std::string_view text) { return shown_text(text, false); }

std::string json_for_terminal(std::string_view json) { return shown_text(json, true); }

std::size_t columns_of(std::string_view text) {
  const int width = u8_width(octets(text), text.size(), "UTF-8");
  return width > 0 ? static_cast<std::size_t>(width) : 0;
}

}  // namespace certmap
