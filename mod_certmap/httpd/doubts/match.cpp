#include "httpd/doubts/match.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "core/certificate/conversion.h"
#include "core/certificate/name_order.h"

namespace certmap {
namespace {

using Doubt = std::optional<std::string>;

/// Its name, because httpd's log escapes what is not ASCII; empty: there is none.
std::string_view typographic_quote_of(std::string_view text) {
  struct Quote {
    std::string_view letter, name;
  };
  constexpr Quote kQuotes[] = {{"\u201c", "U+201C"},
                               {"\u201d", "U+201D"},
                               {"\u201e", "U+201E"},
                               {"\u2018", "U+2018"},
                               {"\u2019", "U+2019"}};
  for (const auto& [letter, name] : kQuotes)
    if (text.starts_with(letter) || text.ends_with(letter)) return name;
  return {};
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
  if (const auto quote = typographic_quote_of(value); !quote.empty())
    return "the quotes are typographic (" + std::string(quote) +
           ") and part of the value; write \" instead";
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
