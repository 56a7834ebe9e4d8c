#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/text/calendar.h"
#include "core/text/encodings.h"
#include "httpd/whoami/text.h"

namespace certmap {
namespace {

using Kind = AttributeKind;

struct Label {
  Kind kind;
  std::string_view text;
};
constexpr Label kLabels[] = {
    {Kind::Subject, "Subject"},
    {Kind::Issuer, "Issuer"},
    {Kind::Email, "E-mail"},
    {Kind::Dns, "Host name"},
    {Kind::Uri, "URI"},
    {Kind::Ip, "IP address"},
    {Kind::Rid, "Registered ID"},
    {Kind::Dirname, "Directory name"},
    {Kind::Upn, "User principal name"},
    {Kind::Krb5, "Kerberos principal"},
    {Kind::Xmpp, "XMPP address"},
    {Kind::Srv, "Service name"},
    {Kind::SmtpUtf8, "E-mail (international)"},
    {Kind::OtherName, "Other name"},
    {Kind::Serial, "Serial number"},
    {Kind::Sha256, "Fingerprint"},
    {Kind::NotBefore, "Valid from"},
    {Kind::NotAfter, "Valid until"},
};

void add(std::vector<Fact>& facts, const Certificate& certificate, const Attribute& attribute,
         bool is_list) {
  const auto label = std::ranges::find(kLabels, attribute.kind, &Label::kind);
  Fact fact{name_of(attribute), label == std::end(kLabels) ? "" : label->text, is_list, {}};
  for (const auto& value : values_of(certificate, attribute)) fact.values.push_back(text_of(value));
  if (!fact.values.empty()) facts.push_back(std::move(fact));
}

/// Of a malformed certificate, what could not be read is 0.
bool has_date(const Certificate& certificate, std::int64_t date) {
  return date != 0 || !certificate.malformed;
}

}  // namespace

std::vector<Fact> facts_of(const Certificate& certificate) {
  std::vector<Fact> facts;
  add(facts, certificate, {Kind::Subject, {}}, false);
  add(facts, certificate, {Kind::Issuer, {}}, false);
  std::vector<Attribute> seen;
  for (const auto& alt_name : certificate.alt_names) {
    if (std::ranges::find(seen, alt_name.attribute) != seen.end()) continue;
    seen.push_back(alt_name.attribute);
    add(facts, certificate, alt_name.attribute, true);
  }
  add(facts, certificate, {Kind::Serial, {}}, false);
  add(facts, certificate, {Kind::Sha256, {}}, false);
  if (has_date(certificate, certificate.not_before))
    add(facts, certificate, {Kind::NotBefore, {}}, false);
  if (has_date(certificate, certificate.not_after))
    add(facts, certificate, {Kind::NotAfter, {}}, false);
  return facts;
}

std::vector<std::pair<std::string_view, std::string>> report_of(const Visit& visit) {
  constexpr std::size_t kShortDigest = 16;
  std::vector<std::pair<std::string_view, std::string>> lines{
      {"Outcome", std::string(word(visit.standing))}};
  if (visit.rules || visit.reason != Reason::NoRuleMatched)
    lines.emplace_back("Reason", word(visit.reason));
  lines.emplace_back("Status", std::to_string(visit.status));
  lines.emplace_back("Time (UTC)", utc_text(visit.time));
  lines.emplace_back("Host", visit.host);
  lines.emplace_back("Path", visit.path);
  if (visit.event) lines.emplace_back("Event", std::to_string(visit.event->sequence));
  if (!visit.request_id.empty()) lines.emplace_back("Request", visit.request_id);
  if (!visit.certificate) return lines;
  lines.emplace_back("SHA-256",
                     hex(visit.certificate->sha256.octets()).substr(0, kShortDigest) + "…");
  if (!visit.certificate->serial.empty())
    lines.emplace_back("Serial", hex(visit.certificate->serial));
  return lines;
}

}  // namespace certmap
