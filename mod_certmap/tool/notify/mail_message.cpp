#include "tool/notify/mail_message.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <ctime>
#include <string_view>

#include "core/text/encodings.h"
#include "core/text/visible.h"

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
  return text.size() <= kLongestHost && std::ranges::all_of(split(text, '.'), is_label);
}

// RFC 2047 section 2: a line with an encoded word has 76 characters at most. RFC 2045 section 6.8:
// a line of base64 has 76.
constexpr std::size_t kOctetsOfWord = 39, kBase64Line = 76, kPlainSubject = 60;

std::string formatted(const char* format, std::int64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  std::tm parts{};
  localtime_r(&time, &parts);
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format, &parts)};
}

bool may_stand_in_a_header(std::string_view text) {
  return text.size() <= kPlainSubject && text.find("=?") == std::string_view::npos &&
         std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
}

std::string header_text(std::string_view text) {
  if (may_stand_in_a_header(text)) return std::string(text);
  std::string words;
  while (!text.empty()) {
    const auto piece = cut_text(text, kOctetsOfWord);
    words += (words.empty() ? "=?UTF-8?B?" : "\n =?UTF-8?B?") + base64(piece) + "?=";
    text.remove_prefix(piece.size());
  }
  return words;
}

std::string base64_lines(std::string_view octets) {
  const auto text = base64(octets);
  std::string lines;
  for (std::size_t i = 0; i < text.size(); i += kBase64Line)
    lines += text.substr(i, kBase64Line) + "\n";
  return lines;
}

}  // namespace

bool is_plain_mailbox(std::string_view text) {
  const auto at = text.find('@');
  return at != std::string_view::npos && is_local_part(text.substr(0, at)) &&
         is_host_name(text.substr(at + 1));
}

std::string local_text(std::int64_t seconds) { return formatted("%Y-%m-%d %H:%M:%S %z", seconds); }

std::string mail_message(const Mail& mail, std::int64_t now) {
  return "From: " + mail.from + "\nTo: " + mail.to + "\nSubject: " + header_text(mail.subject) +
         "\nDate: " + formatted("%a, %d %b %Y %H:%M:%S %z", now) + "\nMessage-ID: <" + mail.id +
         mail.from.substr(mail.from.find('@')) +
         ">\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n"
         "Content-Transfer-Encoding: base64\nAuto-Submitted: auto-generated\n\n" +
         base64_lines(mail.body);
}

}  // namespace certmap
