// CRLs made from DER at run time, with real signatures.
#pragma once

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "core/certificate/openssl_der.h"
#include "core/text/error.h"
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

/// An empty CRL of the CA "CA" that OpenSSL itself makes and signs.
inline std::string openssl_crl(const Key& key, const EVP_MD* digest, bool pss = false) {
  const std::unique_ptr<X509_CRL, void (*)(X509_CRL*)> crl(X509_CRL_new(), X509_CRL_free);
  const std::unique_ptr<X509_NAME, void (*)(X509_NAME*)> name(X509_NAME_new(), X509_NAME_free);
  const std::unique_ptr<ASN1_TIME, void (*)(ASN1_TIME*)> time(ASN1_TIME_set(nullptr, 1767225600),
                                                              ASN1_TIME_free);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free);
  X509_NAME_add_entry_by_txt(name.get(), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>("CA"), -1, -1, 0);
  X509_CRL_set_version(crl.get(), X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(crl.get(), name.get());
  X509_CRL_set1_lastUpdate(crl.get(), time.get());
  X509_CRL_set1_nextUpdate(crl.get(), time.get());
  EVP_PKEY_CTX* parameters = nullptr;
  EVP_DigestSignInit(context.get(), &parameters, digest, nullptr, key.get());
  if (pss) EVP_PKEY_CTX_set_rsa_padding(parameters, RSA_PKCS1_PSS_PADDING);
  X509_CRL_sign_ctx(crl.get(), context.get());
  return encode(i2d_X509_CRL, crl.get());
}

/// What the ConfigError says; "none" where there is none.
inline std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "none";
}

}  // namespace certmap::test
