#include "ldap/config/filter.h"

#include <ldap.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <optional>

#include "core/certificate/account.h"
#include "core/certificate/name.h"
#include "core/text/encodings.h"
#include "core/text/error.h"
#include "ldap/config/filter_syntax.h"

namespace certmap {
namespace {

std::string complete(std::string_view text) {
  if (!is_clean_text(text))
    throw ConfigError(
        "filter: it is not UTF-8, or holds a control character; write octets as \\XX");
  const auto begin = std::min(text.find_first_not_of(' '), text.size());
  text = text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
  if (text.empty()) throw ConfigError("filter: there is none; write one like (mail={email})");
  return text.front() == '(' ? std::string(text) : "(" + std::string(text) + ")";
}

std::string every_octet_escaped(std::string_view octets) {
  const auto digits = hex(octets);
  std::string text;
  text.reserve(3 * octets.size());
  for (std::size_t at = 0; at < digits.size(); at += 2) text.append("\\").append(digits, at, 2);
  return text;
}

std::string escaped(std::string value) {
  using Text = std::unique_ptr<char, decltype([](char* text) { ldap_memfree(text); })>;
  berval in = {value.size(), value.data()};
  berval out = {};
  if (ldap_bv2escaped_filter_value(&in, &out) != 0) throw std::bad_alloc();
  if (!out.bv_val) return {};  // of an empty value
  const Text text(out.bv_val);
  return {text.get(), out.bv_len};
}

std::string escaped(const Piece& piece) {
  const auto value = piece.for_dn ? escape_name_value(piece.data) : piece.data;
  return piece.every_octet ? every_octet_escaped(value) : escaped(value);
}

/// Texts of names may hide in escapes what directories see.
std::optional<std::string> why_unsafe(const Piece& piece) {
  if (piece.name)
    for (const auto& rdn : *piece.name)
      for (const auto& value : rdn)
        if (auto why = unsafe_filter_value(value_text(value))) return why;
  return piece.is_text ? unsafe_filter_value(piece.data) : std::nullopt;
}

}  // namespace

Filter::Filter(std::string_view text, const std::vector<Match>& matches)
    : template_(complete(text), matches) {
  for (const auto& item : parse_filter(template_.outline(kSubstituted))) {
    const auto lower = to_lower(item.attribute);
    const auto is_same = [&](const std::string& known) { return to_lower(known) == lower; };
    if (!lower.empty() && std::ranges::none_of(attributes_, is_same))
      attributes_.push_back(item.attribute);
  }
  if (template_.is_constant())
    throw ConfigError(
        "filter: it finds the same entry for every certificate; write a template "
        "into it, like (mail={email})");
}

Expansion Filter::expand(const CheckedCertificate& certificate) const {
  return template_.expand(certificate, [](const Piece& piece, std::string& text) {
    auto why_not = why_unsafe(piece);
    if (!why_not) text += escaped(piece);
    return why_not;
  });
}

bool Filter::uses_exact_match() const { return template_.uses(AttributeKind::Cea); }

}  // namespace certmap
