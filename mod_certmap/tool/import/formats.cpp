#include "tool/import/formats.h"

#include <algorithm>
#include <charconv>

#include "core/text/encodings.h"
#include "core/text/visible.h"

namespace certmap {

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
  constexpr std::string_view kBlanks = " \t\v\f\r";
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  const auto last = text.find_last_not_of(kBlanks);
  return text.substr(0, last == text.npos ? 0 : last + 1);
}

std::optional<unsigned char> octet_of_hex(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  unsigned char value = 0;
  const auto* end = text.data() + 2;
  if (std::from_chars(text.data(), end, value, 16).ptr != end) return std::nullopt;
  return value;
}

std::string quoted_for_message(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  const auto whole = visible(text);
  const auto kept = cut_text(whole, kLongest);
  return '"' + std::string(kept) + (kept.size() < whole.size() ? "...\"" : "\"");
}

}  // namespace certmap
