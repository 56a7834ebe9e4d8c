#include <openssl/asn1.h>

#include <set>
#include <string>
#include <string_view>

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
  return std::string(serial_key(*number));
}

bool flag(const Tlv& field) { return field.content != std::string_view("\0", 1); }

// DistributionPointName: fullName [0] GeneralNames, or nameRelativeToCRLIssuer [1], kept whole.
bool read_names(CrlScope& scope, std::string_view point) {
  DerReader reader(point);
  const auto kind = reader.read();
  if (!kind || !reader.at_end()) return false;
  if (kind->tag == 1) scope.names.emplace_back(point);
  if (kind->tag != 0) return kind->tag == 1;
  DerReader names(kind->content);
  const char* start = kind->content.data();
  while (!names.at_end()) {
    const auto name = names.read();
    if (!name) return false;
    const char* end = name->content.data() + name->content.size();
    scope.names.emplace_back(start, end);
    start = end;
  }
  return true;
}

void read_scope(Crl& crl, std::string_view value) {
  crl.scope.der = value;
  DerReader outer(value);
  const auto content = outer.read(V_ASN1_SEQUENCE);
  if (!content || !outer.at_end()) refuse_crl(crl, "has a damaged issuingDistributionPoint");
  DerReader fields(*content);
  while (!fields.at_end()) {
    const auto field = fields.read();
    if (!field || field->tag_class != V_ASN1_CONTEXT_SPECIFIC || field->tag > 5 ||
        (field->tag == 0 && !read_names(crl.scope, field->content)))
      refuse_crl(crl, "has a damaged issuingDistributionPoint");
    if (field->tag == 1) crl.scope.only_users = flag(*field);
    if (field->tag == 2) crl.scope.only_cas = flag(*field);
    if (field->tag == 3) crl.scope.only_some_reasons = true;
    if (field->tag == 4 && flag(*field))
      refuse_crl(crl, "is indirect; only CRLs whose issuer issued the certificates are read");
    if (field->tag == 5) crl.scope.only_attributes = flag(*field);
  }
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
      return read_scope(crl, extension.value);
    case 35:
      return read_authority_key(crl, extension.value);
    default:
      if (extension.critical)
        refuse_crl(crl, "has a critical extension that is not understood: " +
                            oid_to_dotted(extension.oid));
  }
}

}  // namespace

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
