#include "httpd/doubts/user.h"

#include <algorithm>
#include <cstddef>

#include "core/certificate/attribute.h"
#include "core/certificate/conversion.h"

namespace certmap {
namespace {

using Kind = AttributeKind;

/// What a CA writes into all of its certificates, or into many.
bool is_of_ca(std::string_view name) {
  if (!is_attribute(name)) return false;
  switch (parse_attribute(name).kind) {
    case Kind::Issuer:
    case Kind::IssuerComponent:
    case Kind::Aki:
    case Kind::Eku:
    case Kind::Ku:
    case Kind::Policy:
    case Kind::NotBefore:
    case Kind::NotAfter:
      return true;
    default:
      return false;
  }
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
  return {words[first], words[first + 1],
          Words(words.begin() + static_cast<std::ptrdiff_t>(first) + 2, words.end())};
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

std::optional<std::string> doubt_about_expression(std::string_view text) {
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

bool is_one_for_all(std::string_view user, const std::vector<Words>& matches) {
  return !std::ranges::any_of(matches, ties) && !differs(user, matches);
}

}  // namespace certmap
