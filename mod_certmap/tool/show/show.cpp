#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include "core/rule/decision.h"
#include "core/text/calendar.h"
#include "core/text/encodings.h"
#include "core/text/json.h"
#include "core/text/visible.h"
#include "tool/cert/certificate_file.h"
#include "tool/commands.h"
#include "tool/crl/crl_file.h"
#include "tool/show/crl.h"
#include "tool/show/map_key.h"

namespace certmap {
namespace {

/// An attribute's name and values.
struct Fact {
  std::string name;
  std::vector<std::string> values;
};
using Facts = std::vector<Fact>;

std::vector<std::string>& values_named(const std::string& name, Facts& facts) {
  auto found = std::ranges::find(facts, name, &Fact::name);
  if (found == facts.end()) found = facts.insert(facts.end(), {name, {}});
  return found->values;
}

/// What is wrong is shown as it stands there: as text where it is one, else '#' and hex.
std::string refused_text(const SubjectAltName& alt_name) {
  if (type_of(alt_name.attribute) == ValueType::Octets) return hex(alt_name.text);
  return alt_name.text.empty() ? '#' + hex(alt_name.der) : alt_name.text;
}

/// A date that could not be read is 0.
bool has_date(const Certificate& certificate, std::int64_t date) {
  return date != 0 || !certificate.malformed;
}

bool is_read(const Certificate& certificate, AttributeKind kind) {
  if (kind == AttributeKind::NotBefore) return has_date(certificate, certificate.not_before);
  return kind != AttributeKind::NotAfter || has_date(certificate, certificate.not_after);
}

Facts facts_of(const Certificate& certificate) {
  Facts facts;
  auto attributes = attributes_of(certificate);
  attributes.push_back({AttributeKind::IssuerSerial, {}});
  for (const auto& attribute : attributes) {
    if (!is_read(certificate, attribute.kind)) continue;
    facts.push_back({name_of(attribute), {}});
    for (const auto& value : values_of(certificate, attribute))
      facts.back().values.push_back(text_of(value));
  }
  for (const auto& refused : certificate.refused_alt_names)
    values_named(name_of(refused.attribute), facts).push_back(refused_text(refused));
  std::erase_if(facts, [](const auto& fact) { return fact.values.empty(); });
  return facts;
}

/// As the server decides: valid through the second of notAfter. Empty where a date could not be
/// read.
std::string validity(const Certificate& certificate) {
  if (!is_read(certificate, AttributeKind::NotBefore) ||
      !is_read(certificate, AttributeKind::NotAfter))
    return {};
  const auto now = now_in_seconds();
  if (certificate.has_ended(now)) return "expired";
  return certificate.has_begun(now) ? "valid" : "not_yet_valid";
}

void print_json(const Certificate& certificate, const Facts& facts) {
  JsonObject json;
  for (const auto& fact : facts) json.texts(fact.name, fact.values);
  if (const auto valid = validity(certificate); !valid.empty()) json.text("validity", valid);
  if (certificate.malformed) json.text("malformed", *certificate.malformed);
  std::cout << json.visible();
}

constexpr std::size_t kLongestHex = 128;  ///< digits that a line shows

/// Only extensions and otherNames have long hex; a long text is shown whole.
std::string shortened(const Fact& fact, const std::string& value) {
  const bool is_hex = fact.name.starts_with("ext.") || fact.name.starts_with("othername.");
  if (!is_hex || value.size() <= kLongestHex) return value;
  return value.substr(0, kLongestHex) + "... (" + std::to_string(value.size() / 2) +
         " octets; --json shows all)";
}

void print_table(const Facts& facts) {
  std::size_t width = 0;
  for (const auto& fact : facts) width = std::max(width, visible(fact.name).size());
  for (const auto& fact : facts)
    for (const auto& value : fact.values) {
      const auto name = visible(fact.name);
      std::cout << name << std::string(width + 2 - name.size(), ' ')
                << visible(shortened(fact, value)) << "\n";
    }
}

void print_keys(const Certificate& certificate) {
  std::cout << "\nKeys for a map file, the strongest first:\n";
  for (const auto& key : map_keys(certificate)) std::cout << "  " << key << "\n";
}

/// What the server holds against it, whatever its rules say.
void print_objections(const Certificate& certificate) {
  const auto valid = validity(certificate);
  if (valid == "expired")
    std::cout << "\nIt has expired: the server would refuse it ("
              << word(Reason::CertificateExpired) << ").\n";
  if (valid == "not_yet_valid")
    std::cout << "\nIt is not yet valid: the server would refuse it ("
              << word(Reason::CertificateNotYetValid) << ").\n";
  if (certificate.malformed)
    std::cout << "\nIt is malformed: the server would refuse it ("
              << word(Reason::MalformedCertificate) << "), because "
              << visible(*certificate.malformed) << ".\n";
}

void print_text(const Certificate& certificate, const Facts& facts) {
  print_table(facts);
  if (!certificate.malformed) print_keys(certificate);
  print_objections(certificate);
}

int show(const Arguments& arguments) {
  const auto& path = arguments.operands[0];
  const auto content = read_crl_or_certificate(path);
  if (arguments.has("has") || is_crl(content))
    return show_crls(content, path == "-" ? "standard input" : path, arguments);
  const auto certificate = certificate_in(content, path, arguments).certificate;
  (arguments.has("json") ? print_json : print_text)(certificate, facts_of(certificate));
  return certificate.malformed ? kNo : kYes;
}

}  // namespace

Command show_command() {
  return {.name = "show",
          .operands = "CERT|CRL",
          .least = 1,
          .most = 1,
          .summary = "shows what mod_certmap reads in a certificate or CRL",
          .options = {has_option(), {"json", "", "prints one JSON object"}, password_file_option()},
          .run = show,
          .more =
              "CERT is a PEM, DER or PKCS#12 file, CRL a PEM or DER file of CRLs; - is standard\n"
              "input. SERIAL is in hexadecimal digits.\n"
              "Names and values are those of rules, templates and map files. Exit status 1: the\n"
              "certificate is malformed, so the server would refuse it whatever the rules say."};
}

}  // namespace certmap
