#include "tool/notify/mailbox.h"

#include <algorithm>
#include <cstddef>

namespace certmap {
namespace {

// RFC 5321 section 4.5.3.1, RFC 1035 section 2.3.4
constexpr std::size_t kLongestLocal = 64, kLongestHost = 253, kLongestLabel = 63;

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_local_part(std::string_view text) {
  return !text.empty() && text.size() <= kLongestLocal && is_alphanumeric(text[0]) &&
         std::ranges::all_of(text, [](char c) {
           return is_alphanumeric(c) ||
                  std::string_view("._+='-").find(c) != std::string_view::npos;
         });
}

bool is_label(std::string_view text) {
  return !text.empty() && text.size() <= kLongestLabel && is_alphanumeric(text.front()) &&
         is_alphanumeric(text.back()) &&
         std::ranges::all_of(text, [](char c) { return is_alphanumeric(c) || c == '-'; });
}

bool is_host_name(std::string_view text) {
  if (text.size() > kLongestHost) return false;
  for (;;) {
    const auto dot = text.find('.');
    if (!is_label(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

}  // namespace

bool is_plain_mailbox(std::string_view text) {
  const auto at = text.find('@');
  return at != std::string_view::npos && is_local_part(text.substr(0, at)) &&
         is_host_name(text.substr(at + 1));
}

}  // namespace certmap
