#include "tool/mapfile/map_facts.h"

#include <openssl/asn1.h>

#include <algorithm>

#include "core/certificate/alt_name.h"

namespace certmap {
namespace {

using Kind = AttributeKind;

std::string tlv(int tag, std::string_view content) {
  std::string length;
  for (auto rest = content.size(); rest > 0; rest >>= 8)
    length.insert(0, 1, static_cast<char>(rest));
  if (content.size() >= 0x80) length.insert(0, 1, static_cast<char>(0x80 | length.size()));
  if (content.empty()) length.assign(1, '\0');
  return static_cast<char>(tag) + length.append(content);
}

/// RFC 5280 section 4.2.1.6: a subjectAltName with one otherName.
std::string alt_name_with(std::string_view oid, std::string_view value) {
  constexpr int kSequence = 0x30, kContext0 = 0xa0;
  return tlv(kSequence, tlv(kContext0, tlv(V_ASN1_OBJECT, oid) + tlv(kContext0, value)));
}

void read_issuer_serial(std::string_view typed, Certificate& facts) {
  const auto at = typed.find('@');
  facts.serial = comparison_key_of_text({Kind::Serial, {}}, typed.substr(0, at));
  facts.issuer = parse_name(typed.substr(at + 1));
}

constexpr bool is_one_of(Kind kind, std::initializer_list<Kind> kinds) {
  return std::ranges::find(kinds, kind) != kinds.end();
}

bool is_alternative_name(Kind kind) {
  using enum AttributeKind;
  return is_one_of(kind, {Email, Dns, Uri, Ip, Rid, Dirname, DirnameComponent, Upn, Krb5, Xmpp, Srv,
                          SmtpUtf8, OtherName});
}

/// Those whose value is computed from the whole certificate.
bool needs_whole_certificate(Kind kind) {
  using enum AttributeKind;
  return is_one_of(kind, {Cert, Spki, Sha1, Cea, NotBefore, NotAfter});
}

}  // namespace

KeyFacts::KeyFacts(const Attribute& kind, std::string_view typed, std::string_view key)
    : kind_(kind), key_(key) {
  switch (kind.kind) {
    case Kind::Subject:
      facts_.subject = parse_name(typed);
      break;
    case Kind::Issuer:
      facts_.issuer = parse_name(typed);
      break;
    case Kind::Dirname:
      facts_.alt_names.push_back({kind, {}, parse_name(typed), {}});
      break;
    case Kind::IssuerSerial:
      read_issuer_serial(typed, facts_);
      break;
    case Kind::Cert:
    case Kind::Sha256:
      facts_.sha256 = std::string(key);
      break;
    case Kind::OtherName:
      read_alt_names(alt_name_with(kind.oid, key), facts_);
      break;
    case Kind::Extension:
      read_extension({kind.oid, std::string(key)}, facts_);
      break;
    default:
      break;
  }
}

std::vector<std::string> KeyFacts::keys(const Attribute& kind) const {
  if (kind == kind_) return {key_};
  if (kind.kind == Kind::Cert && !facts_.sha256.octets().empty()) return {facts_.sha256.octets()};
  // The issuer of a certificate is half of its issuer-serial.
  const bool half = kind.kind == Kind::IssuerSerial && facts_.serial.empty();
  if (half || needs_whole_certificate(kind.kind)) return {};
  std::vector<std::string> keys;
  for (const auto& value : values_of(facts_, kind)) keys.push_back(comparison_key(kind, value));
  return keys;
}

bool may_imply(const Attribute& from, const Attribute& to) {
  using enum AttributeKind;
  if (from == to) return false;
  switch (from.kind) {
    case Subject:
      return to.kind == SubjectComponent;
    case Issuer:
      return to.kind == IssuerComponent;
    case Dirname:
      return to.kind == DirnameComponent;
    case IssuerSerial:
      return is_one_of(to.kind, {Issuer, IssuerComponent, Serial});
    case Cert:
      return to.kind == Sha256;
    case Sha256:
      return to.kind == AttributeKind::Cert;
    case OtherName:
      return is_alternative_name(to.kind);
    case AttributeKind::Extension:
      return is_alternative_name(to.kind) || is_one_of(to.kind, {Sid, Ski, Aki, Eku, Ku, Policy});
    default:
      return false;
  }
}

}  // namespace certmap
