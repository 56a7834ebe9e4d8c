#include "core/rule/escaped_template.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

namespace certmap {

EscapedTemplate::EscapedTemplate(std::string_view text, const std::vector<Match>& matches)
    : template_(text, matches, Usage::Filter) {}

bool EscapedTemplate::uses(AttributeKind kind) const {
  return std::ranges::any_of(template_.parts_, [kind](const auto& part) {
    const auto* attribute = std::get_if<Template::AttributePart>(&part.source);
    return attribute && attribute->attribute.kind == kind;
  });
}

std::string EscapedTemplate::outline(char mark) const {
  std::string text;
  for (const auto& part : template_.parts_) {
    if (const auto* literal = std::get_if<std::string>(&part.source))
      text += *literal;
    else
      text += mark;
  }
  return text;
}

Expansion EscapedTemplate::expand(const CheckedCertificate& certificate,
                                  const Escape& escape) const {
  Expansion result;
  for (const auto& part : template_.parts_) {
    if (const auto* literal = std::get_if<std::string>(&part.source)) {
      result.text += *literal;
      continue;
    }
    const auto choice = Template::value_of(part, certificate);
    if (choice.ambiguous) return {Expansion::Outcome::Ambiguous, part.text};
    const auto& how = part.conversions;
    const bool octets = how.escapes_every_octet() && how.gives_octets();
    auto data = !choice.value ? std::nullopt
                : octets      ? how.apply_raw(*choice.value)
                              : how.apply(*choice.value);
    if (!data || data->empty()) return {Expansion::Outcome::Missing, part.text};
    const Piece piece{*std::move(data),     choice.value->name,        !octets,
                      how.escapes_for_dn(), how.escapes_every_octet(), part.text};
    if (!escape(piece, result.text)) return {Expansion::Outcome::Missing, part.text};
  }
  return result;
}

}  // namespace certmap
