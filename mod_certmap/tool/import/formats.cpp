#include "tool/import/formats.h"

#include <algorithm>
#include <charconv>

#include "core/text/encodings.h"
#include "core/text/visible.h"

namespace certmap {
namespace {

constexpr std::string_view kBlanks = " \t\v\f\r";

bool is_hex_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

}  // namespace

void for_each_line(std::string_view text,
                   const std::function<void(std::size_t, std::string_view)>& line) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    auto content = text.substr(0, end);
    if (content.ends_with('\r')) content.remove_suffix(1);
    line(number, content);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  const auto last = text.find_last_not_of(kBlanks);
  return text.substr(0, last == text.npos ? 0 : last + 1);
}

std::optional<unsigned char> octet_of_hex(std::string_view text) {
  if (text.size() < 2 || !is_hex_digit(text[0]) || !is_hex_digit(text[1])) return std::nullopt;
  unsigned value = 0;
  std::from_chars(text.data(), text.data() + 2, value, 16);
  return static_cast<unsigned char>(value);
}

std::string quoted_for_message(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  const auto whole = visible(text);
  const auto kept = cut_text(whole, kLongest);
  return '"' + std::string(kept) + (kept.size() < whole.size() ? "...\"" : "\"");
}

}  // namespace certmap
