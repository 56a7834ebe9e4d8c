#include "core/crl/fields.h"

#include <openssl/asn1.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/certificate/name.h"
#include "core/text/error.h"

namespace certmap {
namespace {

std::string integer_in(const Crl& crl, std::string_view value, const char* what) {
  const auto number = DerReader(value).read_last(V_ASN1_INTEGER);
  if (!number || number->empty()) refuse_crl(crl, std::string("has a damaged ") + what);
  if ((static_cast<unsigned char>(number->front()) & 0x80u) != 0)
    refuse_crl(crl, std::string("has a negative ") + what);
  return std::string(serial_key(*number));
}

bool flag(const Tlv& field) { return field.content != std::string_view("\0", 1); }

bool take_field(CrlScope& scope, const Tlv& field) {
  if (field.tag_class != V_ASN1_CONTEXT_SPECIFIC) return false;
  if (field.tag == 0) return read_point_names(field.content, scope.names);
  constexpr int kReasons = 3;  // its content does not matter
  bool* const flags[] = {&scope.only_users, &scope.only_cas, &scope.only_some_reasons,
                         &scope.indirect, &scope.only_attributes};
  if (field.tag > static_cast<int>(std::size(flags))) return false;
  *flags[field.tag - 1] = field.tag == kReasons || flag(field);
  return true;
}

void take_scope(Crl& crl, std::string_view value) {
  auto scope = read_scope(value);
  if (!scope) refuse_crl(crl, "has a damaged issuingDistributionPoint");
  if (scope->indirect)
    refuse_crl(crl, "is indirect; only CRLs whose issuer issued the certificates are read");
  crl.scope = *std::move(scope);
}

void read_authority_key(Crl& crl, std::string_view value) {
  const auto content = DerReader(value).read(V_ASN1_SEQUENCE);
  if (!content) refuse_crl(crl, "has a damaged authorityKeyIdentifier");
  if (const auto key = DerReader(*content).read_context(0)) crl.authority_key = *key;
}

void take(Crl& crl, const CrlExtension& extension) {
  switch (extension.number()) {
    case 20:
      crl.number = integer_in(crl, extension.value, "crlNumber");
      return;
    case 27:
      crl.base = integer_in(crl, extension.value, "deltaCRLIndicator");
      return;
    case 28:
      return take_scope(crl, extension.value);
    case 35:
      return read_authority_key(crl, extension.value);
    default:
      if (extension.critical)
        refuse_crl(crl, "has a critical extension that is not understood: " +
                            oid_to_dotted(extension.oid));
  }
}

}  // namespace

std::optional<CrlScope> read_scope(std::string_view value) {
  CrlScope scope;
  scope.der = value;
  const auto content = DerReader(value).read_last(V_ASN1_SEQUENCE);
  if (!content) return std::nullopt;
  DerReader fields(*content);
  while (!fields.at_end()) {
    const auto field = fields.read();
    if (!field || !take_field(scope, *field)) return std::nullopt;
  }
  return scope;
}

void read_crl_extensions(Crl& crl, std::string_view content) {
  std::set<std::string_view> seen;
  const bool whole = each_extension(content, [&](const CrlExtension& extension) {
    if (!seen.insert(extension.oid).second)
      refuse_crl(crl, "has an extension twice: " + oid_to_dotted(extension.oid));
    take(crl, extension);
  });
  if (!whole) refuse_crl(crl, "has damaged extensions");
  if (crl.is_delta() && crl.number.empty()) refuse_crl(crl, "is a delta without crlNumber");
}

std::string described(const Crl& crl) {
  const auto whose = crl.issuer.empty() ? "" : " of " + to_text(crl.issuer, NameStyle::Rfc4514);
  return crl.file + ": the CRL" + whose;
}

void refuse_crl(const Crl& crl, const std::string& why) {
  throw ConfigError(described(crl) + " " + why);
}

std::optional<std::int64_t> crl_time(const std::optional<Tlv>& time) {
  using namespace std::chrono;
  if (!time || !time->is_time()) return std::nullopt;
  const auto content = time->content;
  const std::size_t year_digits = time->tag == V_ASN1_GENERALIZEDTIME ? 4 : 2;
  if (content.size() != year_digits + 11 || content.back() != 'Z' ||
      !std::all_of(content.begin(), content.end() - 1, [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  const auto number = [&](std::size_t at) {
    return (content[at] - '0') * 10 + content[at + 1] - '0';
  };
  const auto part = [&](std::size_t i) { return number(year_digits + 2 * i); };
  const int year =
      year_digits == 4 ? number(0) * 100 + number(2) : number(0) + (number(0) < 50 ? 2000 : 1900);
  const year_month_day day{std::chrono::year(year), month(static_cast<unsigned>(part(0))),
                           std::chrono::day(static_cast<unsigned>(part(1)))};
  if (!day.ok() || part(2) > 23 || part(3) > 59 || part(4) > 59) return std::nullopt;
  const std::int64_t days = sys_days(day).time_since_epoch().count();
  return days * 86400 + part(2) * 3600 + part(3) * 60 + part(4);
}

namespace {

std::optional<CrlExtension> extension_of(std::string_view content) {
  DerReader fields(content);
  CrlExtension extension;
  const auto oid = fields.read(V_ASN1_OBJECT);
  auto next = fields.read();
  if (!oid || !next) return std::nullopt;
  extension.oid = *oid;
  if (next->is(V_ASN1_BOOLEAN)) {
    if (next->content.size() != 1) return std::nullopt;
    extension.critical = next->content[0] != 0;
    next = fields.read();
  }
  if (!next || !next->is(V_ASN1_OCTET_STRING) || !fields.at_end()) return std::nullopt;
  extension.value = next->content;
  return extension;
}

}  // namespace

bool each_extension(std::string_view content,
                    const std::function<void(const CrlExtension&)>& each) {
  DerReader list(content);
  while (!list.at_end()) {
    const auto one = list.read(V_ASN1_SEQUENCE);
    const auto extension = one ? extension_of(*one) : std::nullopt;
    if (!extension) return false;
    each(*extension);
  }
  return true;
}

bool read_point_names(std::string_view content, std::vector<std::string>& names) {
  DerReader reader(content);
  const auto kind = reader.read();
  if (!kind || !reader.at_end() || kind->tag_class != V_ASN1_CONTEXT_SPECIFIC) return false;
  if (kind->tag == 1) names.emplace_back(content);
  if (kind->tag != 0) return kind->tag == 1;
  DerReader list(kind->content);
  const char* start = kind->content.data();
  while (!list.at_end()) {
    const auto name = list.read();
    if (!name) return false;
    const char* end = name->content.data() + name->content.size();
    names.emplace_back(start, end);
    start = end;
  }
  return true;
}

}  // namespace certmap
