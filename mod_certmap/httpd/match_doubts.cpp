#include "httpd/match_doubts.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "core/conversion.h"
#include "core/name_order.h"

namespace certmap {
namespace {

using Doubt = std::optional<std::string>;

bool has_typographic_quote(std::string_view text) {
  constexpr std::string_view kQuotes[] = {"\u201c", "\u201d", "\u201e", "\u2018", "\u2019"};
  return std::ranges::any_of(kQuotes, [&](std::string_view quote) {
    return text.starts_with(quote) || text.ends_with(quote);
  });
}

/// As Perl and sed write a regular expression.
bool is_between_slashes(std::string_view text) {
  const auto last = text.rfind('/');
  return text.size() > 2 && text[0] == '/' && last > 1 &&
         text.find_first_not_of("gimsx", last + 1) == text.npos;
}

Doubt about_regex(std::string_view value) {
  if (!is_between_slashes(value)) return {};
  return "the slashes around " + std::string(value) +
         " are part of the regex; leave them out, and write (?i) at its start to ignore case";
}

Doubt about_text(const std::string& attribute, std::string_view value) {
  const bool is_wildcard_host = attribute == "dns" || attribute == "subject_dns_name";
  if (value.find('*') != value.npos && !(is_wildcard_host && value.starts_with("*.")))
    return "* in " + std::string(value) +
           " stands for itself with ==; write =~ and a regex, like .*@example\\.com";
  if (attribute == "subject" || attribute == "subject_dn" || attribute == "issuer" ||
      attribute == "issuer_dn")
    return doubt_about_order(value);
  return {};
}

Doubt about_value(const std::string& attribute, bool regex, std::string_view value) {
  if (has_typographic_quote(value))
    return "the quotes around " + std::string(value) +
           " are typographic and part of the value; write \" instead";
  return regex ? about_regex(value) : about_text(attribute, value);
}

}  // namespace

Doubt doubt_about_match(const std::vector<std::string>& words) {
  const std::size_t mode =
      !words.empty() && (to_lower(words[0]) == "any" || to_lower(words[0]) == "all") ? 1 : 0;
  if (words.size() < mode + 3) return {};
  const auto attribute = to_lower(words[mode]);
  const bool regex = words[mode + 1].ends_with('~');
  for (auto i = mode + 2; i < words.size(); ++i)
    if (auto doubt = about_value(attribute, regex, words[i])) return doubt;
  return {};
}

}  // namespace certmap
