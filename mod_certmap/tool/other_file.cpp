#include "tool/other_file.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <string_view>

namespace certmap {
namespace {

enum class Kind { Damaged, Request, Bundle, RevocationList, PrivateKey, PublicKey };

const char* sentence(Kind kind) {
  switch (kind) {
    case Kind::Damaged:
      return "holds a certificate that OpenSSL cannot read, so TLS would fail with it, too; "
             "look at it with openssl asn1parse";
    case Kind::Request:
      return "is a certificate signing request; give it the certificate that the CA made from it";
    case Kind::Bundle:
      return "is a PKCS#7 bundle; take the certificate out with openssl pkcs7 -print_certs";
    case Kind::RevocationList:
      return "is a certificate revocation list; give it a certificate";
    case Kind::PrivateKey:
      return "holds only a private key; give it the certificate";
    case Kind::PublicKey:
      return "holds only a public key; give it the certificate";
  }
  return "";
}

struct Label {
  std::string_view end;
  Kind kind;
};

constexpr Label kLabels[] = {
    {"CERTIFICATE", Kind::Damaged},
    {"CERTIFICATE REQUEST", Kind::Request},
    {"PKCS7", Kind::Bundle},
    {"CMS", Kind::Bundle},
    {"X509 CRL", Kind::RevocationList},
    {"PRIVATE KEY", Kind::PrivateKey},
    {"PUBLIC KEY", Kind::PublicKey},
};

/// By the labels of PEM blocks: of several the one that stands first in kLabels.
std::optional<Kind> kind_of_pem(std::string_view content) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  const auto* best = std::end(kLabels);
  for (auto at = content.find(kBegin); at != content.npos; at = content.find(kBegin, at)) {
    at += kBegin.size();
    const auto label = content.substr(at, content.find("-----", at) - at);
    best = std::min(best, std::ranges::find_if(kLabels, [&](const Label& each) {
                      return label.ends_with(each.end);
                    }));
  }
  return best == std::end(kLabels) ? std::nullopt : std::optional(best->kind);
}

template <typename Object>
bool decodes(std::string_view content, Object* (*d2i)(Object**, const unsigned char**, long),
             void (*release)(Object*)) {
  const auto* at = reinterpret_cast<const unsigned char*>(content.data());
  return std::unique_ptr<Object, void (*)(Object*)>(
             d2i(nullptr, &at, static_cast<long>(content.size())), release) != nullptr;
}

EVP_PKEY* private_key(EVP_PKEY** key, const unsigned char** at, long length) {
  return d2i_AutoPrivateKey(key, at, length);
}

std::optional<Kind> kind_of_der(std::string_view content) {
  if (decodes(content, d2i_X509_REQ, X509_REQ_free)) return Kind::Request;
  if (decodes(content, d2i_PKCS7, PKCS7_free)) return Kind::Bundle;
  if (decodes(content, d2i_X509_CRL, X509_CRL_free)) return Kind::RevocationList;
  if (decodes(content, private_key, EVP_PKEY_free)) return Kind::PrivateKey;
  if (decodes(content, d2i_X509_SIG, X509_SIG_free)) return Kind::PrivateKey;
  if (decodes(content, d2i_PUBKEY, EVP_PKEY_free)) return Kind::PublicKey;
  return std::nullopt;
}

/// Steps into the SEQUENCE at the start, however long it says that it is: the file may be cut.
bool enter_sequence(std::string_view& der) {
  constexpr char kSequence = 0x30;
  if (der.size() < 2 || der[0] != kSequence) return false;
  const unsigned char length = der[1];
  const std::size_t header = length < 0x80 ? 2 : 2 + (length & 0x7fU);
  if (header > der.size()) return false;
  der.remove_prefix(header);
  return true;
}

/// RFC 5280 section 4.1: two SEQUENCEs, then the version 2 or 3, which only a certificate has
/// there.
bool starts_as_certificate(std::string_view der) {
  using namespace std::string_view_literals;
  return enter_sequence(der) && enter_sequence(der) &&
         (der.starts_with("\xa0\x03\x02\x01\x02"sv) || der.starts_with("\xa0\x03\x02\x01\x01"sv));
}

}  // namespace

std::string what_it_is(std::string_view content) {
  if (content.empty()) return "is empty; give it a PEM, DER or PKCS#12 file";
  if (decodes(content, d2i_X509, X509_free))
    return "has octets behind the certificate; cut them off";
  auto kind = kind_of_pem(content);
  if (!kind) kind = kind_of_der(content);
  if (!kind && starts_as_certificate(content)) kind = Kind::Damaged;
  return kind ? sentence(*kind) : "holds no certificate; give it a PEM, DER or PKCS#12 file";
}

}  // namespace certmap
