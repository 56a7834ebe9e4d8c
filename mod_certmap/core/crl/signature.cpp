#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <new>
#include <string>
#include <utility>

#include "core/certificate/openssl_der.h"
#include "core/crl/fields.h"

namespace certmap {
namespace {

constexpr int kSecurityBits = 80;
constexpr int kShortestDigest = 28;  // octets: SHA-224

// The digest of RSASSA-PSS stands in its parameters; without one it is SHA-1 (RFC 4055).
int pss_digest(const X509_ALGOR* algorithm) {
  const void* value = nullptr;
  int type = 0;
  X509_ALGOR_get0(nullptr, &type, &value, algorithm);
  if (type != V_ASN1_SEQUENCE) return NID_sha1;
  const auto parameters = decode(octets_of(static_cast<const ASN1_STRING*>(value)),
                                 d2i_RSA_PSS_PARAMS, RSA_PSS_PARAMS_free);
  if (!parameters || !parameters->hashAlgorithm) return NID_sha1;
  return OBJ_obj2nid(parameters->hashAlgorithm->algorithm);
}

// Ed25519 and Ed448 have no digest of their own and are strong.
bool is_weak(const X509_ALGOR* algorithm) {
  int digest = NID_undef;
  const int signature = OBJ_obj2nid(algorithm->algorithm);
  if (signature == NID_rsassaPss)
    digest = pss_digest(algorithm);
  else if (OBJ_find_sigid_algs(signature, &digest, nullptr) != 1)
    return true;
  if (digest == NID_undef) return false;
  const EVP_MD* md = EVP_get_digestbynid(digest);
  return md == nullptr || EVP_MD_size(md) < kShortestDigest;
}

OpenSslHandle<ASN1_STRING> string_of(int type, std::string_view octets) {
  OpenSslHandle<ASN1_STRING> made(ASN1_STRING_type_new(type));
  if (!made || ASN1_STRING_set(made.get(), octets.data(), static_cast<int>(octets.size())) != 1)
    throw std::bad_alloc();
  return made;
}

// Only RSASSA-PSS has parameters that OpenSSL alone applies; that costs copies of what is signed.
bool verify_item(const Crl& crl, const X509_ALGOR* algorithm, EVP_PKEY* key) {
  const auto tbs = string_of(V_ASN1_SEQUENCE, crl.tbs);
  const auto signature = string_of(V_ASN1_BIT_STRING, crl.signature);
  return ASN1_item_verify(ASN1_ITEM_rptr(ASN1_SEQUENCE), algorithm, signature.get(), tbs.get(),
                          key) == 1;
}

bool verify_octets(const Crl& crl, const X509_ALGOR* algorithm, EVP_PKEY* key) {
  int digest = NID_undef;
  int kind = NID_undef;
  if (OBJ_find_sigid_algs(OBJ_obj2nid(algorithm->algorithm), &digest, &kind) != 1 ||
      EVP_PKEY_base_id(key) != kind)
    return false;
  const EVP_MD* md = digest == NID_undef ? nullptr : EVP_get_digestbynid(digest);
  const OpenSslHandle<EVP_MD_CTX> context(EVP_MD_CTX_new());
  if (!context) throw std::bad_alloc();
  return EVP_DigestVerifyInit(context.get(), nullptr, md, nullptr, key) == 1 &&
         EVP_DigestVerify(
             context.get(), reinterpret_cast<const unsigned char*>(crl.signature.data()),
             crl.signature.size(), reinterpret_cast<const unsigned char*>(crl.tbs.data()),
             crl.tbs.size()) == 1;
}

bool signed_by(const Crl& crl, const X509_ALGOR* algorithm, X509* ca) {
  EVP_PKEY* key = X509_get0_pubkey(ca);
  const bool is_pss = OBJ_obj2nid(algorithm->algorithm) == NID_rsassaPss;
  const bool good = key != nullptr && (is_pss ? verify_item(crl, algorithm, key)
                                              : verify_octets(crl, algorithm, key));
  ERR_clear_error();
  return good;
}

// Why what this CA signed is not taken; empty: it is.
std::string objection(const X509_ALGOR* algorithm, X509* ca) {
  if (is_weak(algorithm)) return "is signed with a weak digest; have the CA sign with SHA-256";
  if (EVP_PKEY_security_bits(X509_get0_pubkey(ca)) < kSecurityBits)
    return "is signed with a weak key";
  if ((X509_get_key_usage(ca) & X509v3_KU_CRL_SIGN) == 0)
    return "is signed by a CA whose keyUsage lacks cRLSign";
  return {};
}

}  // namespace

std::optional<int> check_signature(const Crl& crl, const std::vector<X509*>& cas) {
  const auto algorithm = decode(crl.algorithm, d2i_X509_ALGOR, X509_ALGOR_free);
  const auto issuer = decode(crl.issuer_der, d2i_X509_NAME, X509_NAME_free);
  if (!algorithm || !issuer) refuse_crl(crl, "is damaged");
  std::string objected;  // a renewed CA may be listed twice, and only one certificate be good
  for (std::size_t i = 0; i < cas.size(); ++i) {
    X509* ca = cas[i];
    if (X509_NAME_cmp(X509_get_subject_name(ca), issuer.get()) != 0) continue;
    if (!signed_by(crl, algorithm.get(), ca)) continue;
    auto why = objection(algorithm.get(), ca);
    if (why.empty()) return static_cast<int>(i);
    objected = std::move(why);
  }
  if (!objected.empty()) refuse_crl(crl, objected);
  return std::nullopt;
}

}  // namespace certmap
