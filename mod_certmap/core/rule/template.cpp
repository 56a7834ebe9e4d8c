#include "core/rule/template.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "core/rule/regex.h"
#include "core/text/error.h"
#include "core/text/visible.h"

namespace certmap {
namespace {

bool has_unnamed_group(const RE2& regex) {
  return regex.NumberOfCapturingGroups() > static_cast<int>(regex.NamedCapturingGroups().size());
}

template <typename Predicate>
std::vector<std::size_t> lines_with(const std::vector<Match>& matches, Predicate predicate) {
  std::vector<std::size_t> lines;
  for (std::size_t i = 0; i < matches.size(); ++i)
    if (!matches[i].is_negation() &&
        std::ranges::any_of(matches[i].regexes(),
                            [&](const auto& regex) { return predicate(*regex); }))
      lines.push_back(i);
  return lines;
}

std::optional<std::size_t> line_of_group(const std::string& name,
                                         const std::vector<Match>& matches) {
  const auto lines = lines_with(
      matches, [&](const RE2& regex) { return regex.NamedCapturingGroups().contains(name); });
  return lines.empty() ? std::nullopt : std::optional(lines[0]);
}

// RE2 itself takes a name twice.
void add_group_names(const RE2& regex, std::set<std::string>& names) {
  std::set<std::string> own;
  for (const auto& [number, name] : regex.CapturingGroupNames())
    if (!own.insert(name).second)
      throw ConfigError("group (?P<" + name + ">...) stands twice in \"" + regex.pattern() +
                        "\"; rename one");
  names.merge(own);
}

/// `attribute[n]` → the name, and n (0: no index).
std::pair<std::string, int> split_index(const std::string& name) {
  const auto bracket = name.find('[');
  if (bracket == std::string::npos) return {name, 0};
  int index = 0;
  const char* first = name.data() + bracket + 1;
  const char* last = name.data() + name.size() - 1;
  const auto result = std::from_chars(first, last, index);
  if (name.back() != ']' || first == last || result.ec != std::errc() || result.ptr != last ||
      index == 0)
    throw ConfigError("\"" + name +
                      "\": write the index as [1] (the first), [2] ... or [-1] (the last)");
  return {name.substr(0, bracket), index};
}

}  // namespace

void check_group_names(const std::vector<Match>& matches) {
  std::set<std::string> seen;
  for (const auto& match : matches) {
    std::set<std::string> names;
    for (const auto& regex : match.regexes()) add_group_names(*regex, names);
    for (const auto& name : names) {
      if (is_attribute(name))
        throw ConfigError("group (?P<" + name +
                          ">...) has the name of an attribute; choose another");
      if (!seen.insert(name).second)
        throw ConfigError("group (?P<" + name +
                          ">...) stands in two CertMapMatch lines; rename one");
    }
  }
}

Template::Part Template::read_group_number(char digit, const std::vector<Match>& matches) {
  const std::string written = digit == '\0' ? "$" : std::string("$") + digit;
  if (digit < '1' || digit > '9')
    throw ConfigError("\"" + written + "\": write $1 to $9 for a group, or $$ for a dollar sign");
  const auto lines = lines_with(matches, has_unnamed_group);
  if (lines.empty())
    throw ConfigError(written + " needs a CertMapMatch line with =~ and a group ( ) in this rule");
  if (lines.size() > 1)
    throw ConfigError(written +
                      " is not clear: two CertMapMatch lines have groups; name them (?P<name>...) "
                      "and write {name}");
  const auto number = static_cast<std::size_t>(digit - '0');
  for (const auto& regex : matches[lines[0]].regexes())
    if (regex->NumberOfCapturingGroups() < static_cast<int>(number))
      throw ConfigError(written + ": \"" + regex->pattern() + "\" has no such group");
  return {.source = Group{lines[0], written}, .text = written};
}

Template::Part Template::read_braces(std::string_view inner, const std::vector<Match>& matches,
                                     Usage usage) {
  const auto words = split(inner, '!');
  const std::string first(words[0]);
  const std::vector<std::string> conversions(words.begin() + 1, words.end());
  const std::string written = "{" + std::string(inner) + "}";
  if (const auto line = line_of_group(first, matches))
    return {.source = Group{*line, first},
            .conversions = Conversions(conversions, ValueType::Text, usage),
            .text = written};
  const auto [name, index] = split_index(first);
  if (const auto example = example_of_conversion(name); !example.empty() && !is_attribute(name))
    throw ConfigError("\"" + name + "\" is a conversion; write an attribute before it: {" +
                      example + "}");
  const auto attribute = index == 0 ? parse_attribute(name) : parse_indexed_attribute(name);
  return {.source = AttributePart{attribute, index},
          .conversions = Conversions(conversions, type_of(attribute), usage),
          .text = written};
}

Template::Template(std::string_view text, const std::vector<Match>& matches)
    : Template(text, matches, Usage::Text) {}

Template::Template(std::string_view text, const std::vector<Match>& matches, Usage usage) {
  if (text.empty()) throw ConfigError("the template is empty; write for example {email} or $1");
  std::string literal;
  const auto add = [&](Part part) {
    if (!literal.empty()) parts_.push_back({.source = std::exchange(literal, {})});
    parts_.push_back(std::move(part));
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if ((c == '{' || c == '}' || c == '$') && next == c) {
      literal += c;
      ++i;
    } else if (c == '$') {
      add(read_group_number(next, matches));
      ++i;
    } else if (c == '{') {
      const auto end = text.find('}', i);
      if (end == std::string_view::npos)
        throw ConfigError("{ without }; write {{ for a brace itself");
      add(read_braces(text.substr(i + 1, end - i - 1), matches, usage));
      i = end;
    } else if (c == '}') {
      throw ConfigError("} without {; write }} for a brace itself");
    } else {
      literal += c;
    }
  }
  if (!literal.empty()) parts_.push_back({.source = literal});
}

bool Template::is_constant() const {
  return std::ranges::all_of(
      parts_, [](const Part& part) { return std::holds_alternative<std::string>(part.source); });
}

Choice<Value> Template::value_of(const Part& part, const CheckedCertificate& certificate) {
  if (const auto* attribute = std::get_if<AttributePart>(&part.source))
    return certificate.value(attribute->attribute, attribute->index);
  const auto& group = std::get<Group>(part.source);
  const auto text = certificate.capture(group.line, group.name);
  if (!text.value) return {.ambiguous = text.ambiguous};
  return {.value = made_value(ValueType::Text, *text.value), .ambiguous = text.ambiguous};
}

/// Empty where the value has none.
std::optional<Piece> Template::piece_of(const Part& part, const Value& value) {
  const auto& how = part.conversions;
  const bool octets = how.escapes_every_octet() && how.gives_octets();
  auto data = octets ? how.apply_raw(value) : how.apply(value);
  if (!data || data->empty()) return std::nullopt;
  return Piece{*std::move(data), value.name, !octets, how.escapes_for_dn(),
               how.escapes_every_octet()};
}

/// Appends to `text`, or returns why it cannot.
Expansion Template::append(const Part& part, const CheckedCertificate& certificate,
                           const Escape& escape, std::string& text) {
  const auto choice = value_of(part, certificate);
  if (choice.ambiguous)
    return {Reason::AmbiguousAttribute, part.text + " has two different values"};
  const auto piece = choice.value ? piece_of(part, *choice.value) : std::nullopt;
  if (!piece) return {Reason::NoRuleMatched, part.text + " has no value"};
  if (const auto why_not = escape(*piece, text))
    return {Reason::UnsafeAccount, "the value of " + part.text + " " + *why_not};
  return {};
}

/// Every part is looked at: which stands first decides nothing.
Expansion Template::expand(const CheckedCertificate& certificate, const Escape& escape) const {
  Expansion result;
  std::string text;
  for (const auto& part : parts_) {
    if (const auto* literal = std::get_if<std::string>(&part.source)) {
      text += *literal;
      continue;
    }
    auto failed = append(part, certificate, escape, text);
    if (failed.reason < result.reason) result = std::move(failed);
  }
  if (result.reason == Reason::Mapped) result.text = std::move(text);
  return result;
}

Expansion Template::expand(const CheckedCertificate& certificate) const {
  return expand(certificate, [](const Piece& piece, std::string& text) {
    text += piece.data;
    return std::nullopt;
  });
}

EscapedTemplate::EscapedTemplate(std::string_view text, const std::vector<Match>& matches)
    : Template(text, matches, Usage::Filter) {}

Expansion EscapedTemplate::expand(const CheckedCertificate& certificate,
                                  const Escape& escape) const {
  return Template::expand(certificate, escape);
}

bool EscapedTemplate::uses(AttributeKind kind) const {
  return std::ranges::any_of(parts_, [kind](const auto& part) {
    const auto* attribute = std::get_if<AttributePart>(&part.source);
    return attribute && attribute->attribute.kind == kind;
  });
}

std::string EscapedTemplate::outline(char mark) const {
  std::string text;
  for (const auto& part : parts_) {
    if (const auto* literal = std::get_if<std::string>(&part.source))
      text += *literal;
    else
      text += mark;
  }
  return text;
}

}  // namespace certmap
