#include "core/certificate/name_reader.h"

#include <openssl/asn1.h>

#include "core/certificate/character_string.h"
#include "core/certificate/name_types.h"
#include "core/certificate/openssl_der.h"

namespace certmap {
namespace {

std::string der_of(const ASN1_STRING* string) {
  ASN1_TYPE any;
  any.type = ASN1_STRING_type(string);
  any.value.asn1_string = const_cast<ASN1_STRING*>(string);
  return encode(i2d_ASN1_TYPE, &any);
}

const char* read_value(const ASN1_STRING* data, NameValue& value) {
  const int tag = ASN1_STRING_type(data);
  if (value.oid.size() > kMaxOidOctets) return "has an endless type";
  const char* complaint = nullptr;
  if (is_character_string(tag)) {
    complaint = decode_character_string(tag, octets_of(data), value.text);
  } else if (is_text_type(value.oid)) {
    complaint = "has the wrong type";
  } else if (ASN1_STRING_length(data) > static_cast<int>(kMaxValueLength)) {
    complaint = "is longer than 4096 bytes";
  }
  const bool decoded = is_character_string(tag) && !(complaint && value.text.empty());
  if (!decoded || (!value.text.empty() && !has_name(value.oid))) value.der = der_of(data);
  return complaint;
}

}  // namespace

void refuse(Refusal& refusal, std::string_view owner, std::string_view field,
            std::string_view complaint) {
  if (refusal) return;
  refusal = "the ";
  refusal->append(owner).append("'s ").append(field).append(" ").append(complaint);
}

Name read_name(const X509_NAME* name, std::string_view owner, Refusal& refusal) {
  Name result;
  int rdn = -1;
  for (int i = 0; i < X509_NAME_entry_count(name); ++i) {
    const auto* entry = X509_NAME_get_entry(name, i);
    if (X509_NAME_ENTRY_set(entry) != rdn) result.emplace_back();
    rdn = X509_NAME_ENTRY_set(entry);
    auto& value = result.back().emplace_back();
    value.oid = octets_of(X509_NAME_ENTRY_get_object(entry));
    const char* complaint = read_value(X509_NAME_ENTRY_get_data(entry), value);
    if (complaint) refuse(refusal, owner, oid_to_name(value.oid), complaint);
  }
  return result;
}

}  // namespace certmap
