#include "httpd/doubts/rule_lines.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <iterator>

#include "core/certificate/attribute.h"
#include "core/certificate/name.h"
#include "core/rule/regex.h"
#include "core/text/encodings.h"

namespace certmap {
namespace {

using Doubt = std::optional<std::string>;

/// What a CA writes into all of its certificates, or into many.
bool is_of_ca(std::string_view name) {
  using enum AttributeKind;
  constexpr AttributeKind kOfCa[] = {Issuer, IssuerComponent, Aki,       Eku,
                                     Ku,     Policy,          NotBefore, NotAfter};
  return is_attribute(name) &&
         std::ranges::find(kOfCa, parse_attribute(name).kind) != std::end(kOfCa);
}

/// A regex without its flags, anchors and one pair of parentheses.
std::string_view bare(std::string_view regex) {
  if (regex.starts_with("(?i)")) regex.remove_prefix(4);
  if (regex.starts_with('^')) regex.remove_prefix(1);
  if (regex.ends_with('$')) regex.remove_suffix(1);
  if (regex.size() > 2 && regex.front() == '(' && regex.back() == ')')
    regex = regex.substr(1, regex.size() - 2);
  return regex;
}

bool takes_all(std::string_view regex) { return bare(regex) == ".*" || bare(regex) == ".+"; }

struct MatchWords {
  std::string attribute, op;
  Words values;
};

MatchWords parts_of(const Words& words) {
  const bool has_mode =
      !words.empty() && (to_lower(words[0]) == "any" || to_lower(words[0]) == "all");
  const std::size_t first = has_mode ? 1 : 0;
  if (words.size() < first + 3) return {};
  return {to_lower(words[first]), words[first + 1],
          Words(words.begin() + static_cast<std::ptrdiff_t>(first) + 2, words.end())};
}

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

/// What of a regex stands for itself, as far as is certain; empty where it ignores case.
std::string literals_of(std::string regex) {
  if (regex.find("(?i") != regex.npos) return {};
  RE2::GlobalReplace(&regex, R"(\\[pP](?:\{[^}]*\}|.)|\\.|\[\^?\]?[^\]]*\]|\(\?P?<?[^:)>]*[:)>])",
                     " ");
  return regex;
}

bool has(std::string_view text, int (*is)(int)) {
  return std::ranges::any_of(text, [is](unsigned char c) { return is(c) != 0; });
}

/// Letters for which no value that is read in one form only has a place.
Doubt about_letters(const std::string& name, std::string_view value) {
  using enum AttributeKind;
  const auto attribute = parse_attribute(name);
  auto text = literals_of(std::string(value));
  if (attribute.kind == Email) text.erase(0, text.rfind('@'));
  const auto quoted = "\"" + std::string(value) + "\" has ";
  if ((attribute.kind == Eku || attribute.kind == Policy) && has(text, std::isalpha))
    return quoted + "letters, and values are OIDs; write == or != with " +
           (attribute.kind == Eku ? "the name, or a regex for OIDs"
                                  : "the OID, or a regex for OIDs");
  if (attribute.kind == Ku && text.find("contentCommitment") != text.npos)
    return quoted + "contentCommitment, and the value is nonRepudiation; write that in a regex";
  if (type_of(attribute) == ValueType::Octets &&
      (has(text, std::isupper) || text.find(':') != text.npos))
    return quoted + "capitals or colons, and hex is read in lower case without; write it so";
  const bool is_lower = attribute.kind == Dns || attribute.kind == Upn || attribute.kind == Ip ||
                        attribute.kind == Email;
  if (is_lower && has(text, std::isupper))
    return quoted + "capitals, and " +
           (attribute.kind == Email ? "the domain is read" : "values are read") +
           " in lower case; write it so, or (?i) at the start";
  return {};
}

/// A regex is compared with whole values (docs/directives.md, "CertMapMatch").
bool begins_too_late(const std::string& name, std::string_view value) {
  const auto kind = parse_attribute(name).kind;
  const bool is_address = kind == AttributeKind::Email || kind == AttributeKind::Upn;
  return is_address && (value.starts_with('@') || value.starts_with("^@"));
}

Doubt about_regex(const std::string& name, std::string_view value) {
  if (is_between_slashes(value))
    return "the slashes around " + std::string(value) +
           " are part of the regex; leave them out, and write (?i) at its start to ignore case";
  if (!is_attribute(name)) return {};
  if (begins_too_late(name, value))
    return "no value begins with @, and a regex must match the whole of it; write .*" +
           std::string(value.substr(value.find('@')));
  return about_letters(name, value);
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
  return regex ? about_regex(attribute, value) : about_text(attribute, value);
}

bool is_about_somebody(const MatchWords& match) {
  return !match.op.starts_with('!') && !is_of_ca(match.attribute);
}

bool ties(const Words& words) {
  const auto match = parts_of(words);
  return is_about_somebody(match) &&
         !(match.op == "=~" && std::ranges::any_of(match.values, takes_all));
}

/// True where the template has something that differs from one certificate to the next.
bool differs(std::string_view user, const std::vector<Words>& matches) {
  const auto groups_differ = [&] {
    return std::ranges::any_of(
        matches, [](const Words& words) { return is_about_somebody(parts_of(words)); });
  };
  for (std::size_t i = 0; i < user.size(); ++i) {
    const auto rest = user.substr(i);
    if (rest.starts_with("{{") || rest.starts_with("}}") || rest.starts_with("$$")) {
      ++i;
    } else if (rest[0] == '$') {
      if (groups_differ()) return true;
    } else if (rest[0] == '{') {
      const auto name = rest.substr(1, rest.find_first_of("[!}") - 1);
      if (is_attribute(name) ? !is_of_ca(name) : groups_differ()) return true;
    }
  }
  return false;
}

}  // namespace

Doubt doubt_about_match(const Words& words) {
  const auto match = parts_of(words);
  for (const auto& value : match.values)
    if (auto doubt = about_value(match.attribute, match.op.ends_with('~'), value)) return doubt;
  return {};
}

Doubt doubt_about_expression(std::string_view text) {
  for (auto at = text.find('{'); at != text.npos; at = text.find('{', at + 1)) {
    const auto before = text.substr(0, at);
    if (text.substr(at).starts_with("{{")) {
      ++at;
    } else if (before.ends_with('%') || before.ends_with("%25")) {
      const auto name = std::string(text.substr(at, text.find('}', at) - at + 1));
      return "the % before " + name + " stays in the text; write " + name;
    }
  }
  return {};
}

Doubt doubt_about_user(std::string_view rule, std::string_view user,
                       const std::vector<Words>& matches) {
  if (std::ranges::any_of(matches, ties) || differs(user, matches)) return {};
  const bool is_variable = user.find("SSL_CLIENT_") != user.npos;
  return "rule " + std::string(rule) + " gives every certificate of its CA the one account " +
         std::string(user) +
         (is_variable ? "; write an attribute, like {subject.CN}"
                      : "; add a CertMapMatch that says whose it is, or write an attribute, like "
                        "{subject.CN}");
}

}  // namespace certmap
