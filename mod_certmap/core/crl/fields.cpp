#include "core/crl/fields.h"

#include <openssl/asn1.h>

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "core/certificate/der.h"
#include "core/text/error.h"

namespace certmap {

void refuse_crl(const Crl& crl, const std::string& why) {
  const auto whose = crl.issuer.empty() ? "" : " of " + to_text(crl.issuer, NameStyle::Rfc4514);
  throw ConfigError(crl.file + ": the CRL" + whose + " " + why);
}

std::optional<std::int64_t> crl_time(int tag, std::string_view content) {
  using namespace std::chrono;
  const std::size_t year_digits = tag == V_ASN1_GENERALIZEDTIME ? 4 : 2;
  if ((tag != V_ASN1_UTCTIME && tag != V_ASN1_GENERALIZEDTIME) ||
      content.size() != year_digits + 11 || content.back() != 'Z' ||
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
  if (next->is_universal() && next->tag == V_ASN1_BOOLEAN) {
    if (next->content.size() != 1) return std::nullopt;
    extension.critical = next->content[0] != 0;
    next = fields.read();
  }
  if (!next || !next->is_universal() || next->tag != V_ASN1_OCTET_STRING || !fields.at_end())
    return std::nullopt;
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
