#include "tool/notify/mail_message.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <ctime>
#include <string_view>

#include "core/text/cut_text.h"
#include "core/text/encodings.h"

namespace certmap {
namespace {

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
