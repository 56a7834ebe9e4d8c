#include <openssl/asn1.h>

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/certificate/der.h"
#include "core/certificate/name.h"
#include "core/crl/fields.h"

namespace certmap {
namespace {

std::string integer_in(const Crl& crl, std::string_view value, const char* what) {
  DerReader reader(value);
  const auto number = reader.read(V_ASN1_INTEGER);
  if (!number || number->empty() || !reader.at_end())
    refuse_crl(crl, std::string("has a damaged ") + what);
  if ((static_cast<unsigned char>(number->front()) & 0x80u) != 0)
    refuse_crl(crl, std::string("has a negative ") + what);
  return std::string(serial_key(*number));
}

bool flag(const Tlv& field) { return field.content != std::string_view("\0", 1); }

bool take_field(CrlScope& scope, const Tlv& field) {
  switch (field.tag_class == V_ASN1_CONTEXT_SPECIFIC ? field.tag : -1) {
    case 0:
      return read_point_names(field.content, scope.names);
    case 1:
      scope.only_users = flag(field);
      return true;
    case 2:
      scope.only_cas = flag(field);
      return true;
    case 3:
      scope.only_some_reasons = true;
      return true;
    case 4:
      scope.indirect = flag(field);
      return true;
    case 5:
      scope.only_attributes = flag(field);
      return true;
    default:
      return false;
  }
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

// Of id-ce (2.5.29): content octets 55 1d and the number.
void take(Crl& crl, const CrlExtension& extension) {
  const bool is_ce = extension.oid.size() == 3 && extension.oid.starts_with("\x55\x1d");
  switch (is_ce ? extension.oid[2] : 0) {
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
  DerReader outer(value);
  const auto content = outer.read(V_ASN1_SEQUENCE);
  if (!content || !outer.at_end()) return std::nullopt;
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

}  // namespace certmap
