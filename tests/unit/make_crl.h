// CRLs made from DER at run time, with real signatures.
#pragma once

#include <openssl/evp.h>

#include <cstddef>
#include <memory>
#include <string>

#include "make_ca.h"
#include "make_certificate.h"

namespace certmap::test {

struct CrlSpec {
  std::string issuer = "CA";
  std::string this_update = "260101000000Z";
  std::string next_update = "270101000000Z";  ///< empty: none
  std::string entries = {};                   ///< one after the other
  std::string extensions = {};                ///< one after the other
  const char* algorithm = "1.2.840.10045.4.3.2";
  const EVP_MD* digest = EVP_sha256();
};

inline std::string crl_entry(const std::string& serial, const std::string& extensions = {}) {
  return sequence(tlv(V_ASN1_INTEGER, serial) + tlv(V_ASN1_UTCTIME, "260102030405Z") +
                  (extensions.empty() ? "" : sequence(extensions)));
}

inline std::string reason(char number) {
  return extension("2.5.29.21", tlv(V_ASN1_ENUMERATED, std::string(1, number)));
}

inline std::string critical(const char* type, const std::string& value) {
  return sequence(tlv(V_ASN1_OBJECT, oid(type)) + tlv(V_ASN1_BOOLEAN, "\xff") +
                  tlv(V_ASN1_OCTET_STRING, value));
}

inline std::string signature_of(const std::string& octets, const Key& key, const EVP_MD* digest) {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free);
  const auto* data = reinterpret_cast<const unsigned char*>(octets.data());
  std::size_t size = 0;
  EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key.get());
  EVP_DigestSign(context.get(), nullptr, &size, data, octets.size());
  std::string made(size, '\0');
  EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(made.data()), &size, data,
                 octets.size());
  made.resize(size);
  return made;
}

inline std::string crl_der(const CrlSpec& spec, const Key& key) {
  const auto algorithm = sequence(tlv(V_ASN1_OBJECT, oid(spec.algorithm)));
  std::string content = tlv(V_ASN1_INTEGER, "\x01") + algorithm +
                        name_der({{"2.5.4.3", spec.issuer}}) +
                        tlv(V_ASN1_UTCTIME, spec.this_update);
  if (!spec.next_update.empty()) content += tlv(V_ASN1_UTCTIME, spec.next_update);
  if (!spec.entries.empty()) content += sequence(spec.entries);
  if (!spec.extensions.empty()) content += tlv(0xa0, sequence(spec.extensions));
  const auto tbs = sequence(content);
  const auto signature = std::string(1, '\0') + signature_of(tbs, key, spec.digest);
  return sequence(tbs + algorithm + tlv(V_ASN1_BIT_STRING, signature));
}

}  // namespace certmap::test
