#include "core/certificate/attribute.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "core/certificate/name.h"
#include "core/text/encodings.h"
#include "core/text/error.h"

namespace certmap {
namespace {

using Kind = AttributeKind;

/// A name that ends with '.' stands for a family; what follows is a type or an OID.
struct Term {
  Kind kind;
  ValueType type;
  std::string_view name;
  std::string_view alias;

  bool is_family() const { return name.back() == '.'; }
};

constexpr Term kTerms[] = {
    {Kind::Subject, ValueType::Name, "subject", "subject_dn"},
    {Kind::Issuer, ValueType::Name, "issuer", "issuer_dn"},
    {Kind::SubjectComponent, ValueType::Text, "subject.", "subject_dn_component."},
    {Kind::IssuerComponent, ValueType::Text, "issuer.", "issuer_dn_component."},
    {Kind::Email, ValueType::Text, "email", "subject_rfc822_name"},
    {Kind::Dns, ValueType::Text, "dns", "subject_dns_name"},
    {Kind::Uri, ValueType::Text, "uri", "subject_uri"},
    {Kind::Ip, ValueType::Text, "ip", "subject_ip_address"},
    {Kind::Rid, ValueType::Text, "rid", "subject_registered_id"},
    {Kind::Dirname, ValueType::Name, "dirname", "subject_directory_name"},
    {Kind::DirnameComponent, ValueType::Text, "dirname.", ""},
    {Kind::Upn, ValueType::Text, "upn", "subject_nt_principal"},
    {Kind::Krb5, ValueType::Text, "krb5", "subject_pkinit_principal"},
    {Kind::Xmpp, ValueType::Text, "xmpp", ""},
    {Kind::Srv, ValueType::Text, "srv", ""},
    {Kind::SmtpUtf8, ValueType::Text, "smtputf8", ""},
    {Kind::OtherName, ValueType::Octets, "othername.", ""},
    {Kind::Sid, ValueType::Text, "sid", ""},
    {Kind::Serial, ValueType::Octets, "serial", "serial_number"},
    {Kind::Cert, ValueType::Octets, "cert", ""},
    {Kind::Spki, ValueType::Octets, "spki", ""},
    {Kind::Sha256, ValueType::Octets, "sha256", ""},
    {Kind::Sha1, ValueType::Octets, "sha1", ""},
    {Kind::Cea, ValueType::Text, "cea", ""},
    {Kind::Ski, ValueType::Octets, "ski", "subject_key_id"},
    {Kind::Aki, ValueType::Octets, "aki", ""},
    {Kind::Eku, ValueType::Text, "eku", ""},
    {Kind::Ku, ValueType::Text, "ku", ""},
    {Kind::Policy, ValueType::Text, "policy", ""},
    {Kind::Extension, ValueType::Octets, "ext.", ""},
    {Kind::NotBefore, ValueType::Text, "notbefore", ""},
    {Kind::NotAfter, ValueType::Text, "notafter", ""},
    {Kind::IssuerSerial, ValueType::Name, "issuer-serial", ""},
};

const Term& term_of(Kind kind) { return *std::ranges::find(kTerms, kind, &Term::kind); }

bool takes_dotted_oid(Kind kind) { return kind == Kind::OtherName || kind == Kind::Extension; }

std::string oid_for(const Term& term, std::string_view text) {
  const bool digit_first = !text.empty() && text.front() >= '0' && text.front() <= '9';
  return takes_dotted_oid(term.kind) && !digit_first ? std::string() : oid_from_text(text);
}

/// Empty where `lower_name` is not this term; an empty OID where its type is unknown.
std::optional<Attribute> read_as(const Term& term, std::string_view lower_name) {
  for (const auto spelling : {term.name, term.alias}) {
    if (spelling.empty()) continue;
    if (!term.is_family() && lower_name == spelling) return Attribute{term.kind, {}};
    if (term.is_family() && lower_name.starts_with(spelling)) {
      return Attribute{term.kind, oid_for(term, lower_name.substr(spelling.size()))};
    }
  }
  return std::nullopt;
}

std::optional<Attribute> find(std::string_view name) {
  const std::string lower_name = to_lower(name);
  for (const auto& term : kTerms) {
    if (auto attribute = read_as(term, lower_name)) return attribute;
  }
  return std::nullopt;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, changed}));
    }
  }
  return row.back();
}

/// Words that admins know from elsewhere.
std::string_view other_word_for(std::string_view lower_name) {
  constexpr std::string_view kWords[][2] = {{"mail", "email"},
                                            {"rfc822", "email"},
                                            {"rfc822name", "email"},
                                            {"hostname", "dns"},
                                            {"url", "uri"},
                                            {"address", "ip"},
                                            {"principal", "upn"},
                                            {"fingerprint", "sha256"},
                                            {"thumbprint", "sha1"},
                                            {"serialnumber", "serial"},
                                            {"publickey", "spki"},
                                            {"pubkey", "spki"},
                                            {"usage", "eku"},
                                            {"key_usage", "ku"},
                                            {"extended_key_usage", "eku"},
                                            {"policies", "policy"},
                                            {"san", "email, dns, uri, ip or upn"},
                                            {"subjectaltname", "email, dns, uri, ip or upn"},
                                            {"dn", "subject"},
                                            {"expires", "notafter"},
                                            {"not_after", "notafter"},
                                            {"not_before", "notbefore"}};
  for (const auto& [word, name] : kWords) {
    if (lower_name == word) return name;
  }
  return {};
}

/// The attribute that has what OpenSSL calls by a name: an extension, a usage, a part of a name.
std::string attribute_with_type(std::string_view oid) {
  using namespace std::string_view_literals;
  constexpr std::string_view kOwn[][2] = {{"\x55\x1d\x0e"sv, "ski"},
                                          {"\x55\x1d\x0f"sv, "ku"},
                                          {"\x55\x1d\x11"sv, "email, dns, uri, ip or upn"},
                                          {"\x55\x1d\x23"sv, "aki"},
                                          {"\x55\x1d\x20"sv, "policy"},
                                          {"\x55\x1d\x25"sv, "eku"}};
  constexpr auto kExtensions = "\x55\x1d"sv, kInternetExtensions = "\x2b\x06\x01\x05\x05\x07\x01"sv,
                 kUsages = "\x2b\x06\x01\x05\x05\x07\x03"sv;
  if (oid.empty()) return {};
  for (const auto& [own, name] : kOwn)
    if (oid == own) return std::string(name);
  if (oid.starts_with(kUsages)) return "eku";
  if (oid.starts_with(kExtensions) || oid.starts_with(kInternetExtensions))
    return "ext." + oid_to_dotted(oid);
  return "subject." + oid_to_name(oid);
}

std::string near_miss(std::string_view lower_name) {
  if (const auto word = other_word_for(lower_name); !word.empty()) return std::string(word);
  for (const auto& term : kTerms) {
    const std::size_t allowed = term.name.size() > 4 ? 2 : 1;
    if (!term.is_family() && edit_distance(lower_name, term.name) <= allowed) {
      return std::string(term.name);
    }
  }
  return attribute_with_type(oid_from_text(lower_name));
}

/// Only what looks like a name is quoted.
std::string unknown(std::string_view name, Quoting quoting) {
  constexpr std::size_t kLongest = 40;
  constexpr std::string_view kNameCharacters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  const bool is_name = quoting == Quoting::Names && name.size() <= kLongest &&
                       name.find_first_not_of(kNameCharacters) == name.npos;
  return is_name ? "unknown attribute \"" + std::string(name) + '"' : "unknown attribute";
}

/// What stands before an index, where that is an attribute.
std::optional<Attribute> without_index(std::string_view name) {
  const auto bracket = name.find('[');
  if (bracket == name.npos || !name.ends_with(']')) return std::nullopt;
  const auto before = name.substr(0, bracket);
  return is_attribute(before) ? find(before) : std::nullopt;
}

/// A dotted OID would be told again in what is near to it.
[[noreturn]] void refuse_name(std::string_view name, Quoting quoting) {
  const bool may_be_near = quoting == Quoting::Names || name.find('.') == name.npos;
  if (const auto indexed = without_index(name); indexed && may_be_near)
    throw ConfigError("an index, like [1], stands in templates only; write " + name_of(*indexed) +
                      ", of which every value is looked at");
  std::string near;
  if (name.size() < 64 && may_be_near) near = near_miss(to_lower(name));
  throw ConfigError(unknown(name, quoting) + "; " +
                    (near.empty()
                         ? "write one like subject, subject.CN, issuer.O, email, dns, upn, "
                           "serial, sha256 or ext.1.2.3"
                         : "did you mean " + near + "?"));
}

[[noreturn]] void refuse_type(std::string_view name, Kind kind, Quoting quoting) {
  const std::string family(term_of(kind).name);
  throw ConfigError(unknown(name, quoting) + "; write " + family +
                    (takes_dotted_oid(kind)
                         ? " with a dotted OID, like " + family + "1.2.3"
                         : " with OpenSSL's name of the component (CN, OU, emailAddress, ...) or "
                           "its dotted OID"));
}

}  // namespace

Attribute parse_key_attribute(std::string_view name, Quoting quoting) {
  auto attribute = find(name);
  if (!attribute || without_index(name)) refuse_name(name, quoting);
  if (term_of(attribute->kind).is_family() && attribute->oid.empty()) {
    refuse_type(name, attribute->kind, quoting);
  }
  return *std::move(attribute);
}

Attribute parse_attribute(std::string_view name) {
  auto attribute = parse_key_attribute(name);
  if (attribute.kind == Kind::IssuerSerial) {
    throw ConfigError("issuer-serial is a key of map files only; write serial and issuer instead");
  }
  return attribute;
}

Attribute parse_indexed_attribute(std::string_view name) {
  auto attribute = parse_attribute(name);
  const Term& term = term_of(attribute.kind);
  if (term.is_family() && !term.alias.empty() && to_lower(name).starts_with(term.alias)) {
    const std::string own = name_of(attribute);
    throw ConfigError(
        "an index on " + std::string(name) +
        " counts the parts of the whole name in SSSD, and would count the values of " + own +
        " here; write {" + own + "[1]} for the first of these in the " + "certificate, {" + own +
        "[-1]} for the last");
  }
  return attribute;
}

bool is_attribute(std::string_view name) {
  const auto attribute = find(name);
  return attribute && attribute->kind != Kind::IssuerSerial &&
         (!term_of(attribute->kind).is_family() || !attribute->oid.empty());
}

std::string name_of(const Attribute& attribute) {
  const Term& term = term_of(attribute.kind);
  std::string name(term.name);
  if (takes_dotted_oid(attribute.kind)) return name + oid_to_dotted(attribute.oid);
  return term.is_family() ? name + oid_to_name(attribute.oid) : name;
}

ValueType type_of(const Attribute& attribute) { return term_of(attribute.kind).type; }

}  // namespace certmap
