#include "core/map/fields.h"

#include <unictype.h>
#include <unistr.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>

#include "core/certificate/account.h"
#include "core/text/error.h"

namespace certmap {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

[[noreturn]] void unterminated() {
  throw ConfigError("a quoted field has no closing quote; write \" at its end");
}

}  // namespace

void check_map_characters(std::string_view line) {
  if (is_plain_ascii(line)) return;
  if (u8_check(reinterpret_cast<const std::uint8_t*>(line.data()), line.size()) != nullptr)
    throw ConfigError("this line is not UTF-8; save the file as UTF-8");
  std::string without_tabs(line);
  std::replace(without_tabs.begin(), without_tabs.end(), '\t', ' ');
  if (!is_clean_text(without_tabs))
    throw ConfigError("this line has a control character; remove it");
}

std::optional<std::string> odd_blank(std::string_view line) {
  if (is_plain_ascii(line)) return {};
  const auto* at = reinterpret_cast<const std::uint8_t*>(line.data());
  bool in_quotes = false, after_blank = true;
  for (std::size_t left = line.size(); left > 0;) {
    ucs4_t c = 0;
    const auto length = static_cast<std::size_t>(u8_mbtouc(&c, at, left));
    if (!in_quotes && after_blank && c == '#') return {};
    if (!in_quotes && c != ' ' && uc_is_general_category(c, UC_SPACE_SEPARATOR)) {
      char name[16];
      std::snprintf(name, sizeof name, "U+%04X", static_cast<unsigned>(c));
      return name;
    }
    const bool escapes = in_quotes && c == '\\' && left > 1 && (at[1] == '"' || at[1] == '\\');
    if (c == '"') in_quotes = !in_quotes;
    after_blank = c == ' ' || c == '\t';
    const auto step = escapes ? length + 1 : length;
    at += step;
    left -= step;
  }
  return {};
}

MapFields::MapFields(std::string_view line, std::string& scratch) : rest_(line), scratch_(scratch) {
  // Fields are views into scratch_: it must not move while this line is read.
  scratch_.clear();
  scratch_.reserve(line.size());
}

std::optional<std::string_view> MapFields::next() {
  rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t"), rest_.size()));
  if (rest_.empty() || rest_.front() == '#') return std::nullopt;
  return rest_.front() == '"' ? quoted() : plain();
}

std::string_view MapFields::plain() {
  constexpr auto kEnds = [](char c) { return is_blank(c) || c == '"'; };
  const std::size_t end = std::find_if(rest_.begin(), rest_.end(), kEnds) - rest_.begin();
  if (end < rest_.size() && rest_[end] == '"')
    throw ConfigError(
        "a field has a quote inside; quote the whole field and write \\\" for a quote");
  std::string_view field = rest_.substr(0, end);
  rest_.remove_prefix(end);
  return field;
}

std::string_view MapFields::quoted() {
  rest_.remove_prefix(1);
  std::size_t end = 0;
  while (end < rest_.size() && rest_[end] != '"' && rest_[end] != '\\') ++end;
  if (end == rest_.size()) unterminated();
  if (rest_[end] == '\\') return unescaped(end);
  return closed(rest_.substr(0, end), end);
}

std::string_view MapFields::unescaped(std::size_t first_backslash) {
  std::size_t start = scratch_.size(), at = first_backslash;
  scratch_.append(rest_.substr(0, at));
  for (; at < rest_.size() && rest_[at] != '"'; ++at) {
    bool escape = rest_[at] == '\\' && at + 1 < rest_.size() &&
                  (rest_[at + 1] == '"' || rest_[at + 1] == '\\');
    scratch_.push_back(rest_[escape ? ++at : at]);
  }
  if (at >= rest_.size()) unterminated();
  return closed(std::string_view(scratch_).substr(start), at);
}

std::string_view MapFields::closed(std::string_view field, std::size_t quote) {
  if (field.find('\t') != std::string_view::npos)
    throw ConfigError("a quoted field has a tab; no value can hold a control character");
  rest_.remove_prefix(quote + 1);
  if (!rest_.empty() && !is_blank(rest_.front()))
    throw ConfigError(
        "text follows a closing quote; quote the whole field, or write a blank after the quote");
  return field;
}

}  // namespace certmap
