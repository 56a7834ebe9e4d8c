#include "tool/cert/other_file.h"

#include "core/certificate/file_kind.h"

namespace certmap {
namespace {

constexpr const char* kNothing = "holds no certificate; give it a PEM, DER or PKCS#12 file";

/// Of a file in which no certificate could be read.
const char* sentence(FileKind kind) {
  switch (kind) {
    case FileKind::Certificate:
      return "holds a certificate that OpenSSL cannot read, so TLS would fail with it, too; "
             "look at it with openssl asn1parse";
    case FileKind::Request:
      return "is a certificate signing request; give it the certificate that the CA made from it";
    case FileKind::Bundle:
      return "is a PKCS#7 bundle; take the certificate out with openssl pkcs7 -print_certs";
    case FileKind::RevocationList:
      return "is a certificate revocation list; give it a certificate";
    case FileKind::PrivateKey:
      return "holds only a private key; give it the certificate";
    case FileKind::PublicKey:
      return "holds only a public key; give it the certificate";
    case FileKind::Pkcs12:
    case FileKind::Pem:
      return kNothing;
  }
  return "";
}

}  // namespace

std::string what_it_is(std::string_view content) {
  if (content.empty()) return "is empty; give it a PEM, DER or PKCS#12 file";
  if (starts_with_certificate(content)) return "has octets behind the certificate; cut them off";
  const auto kind = file_kind(content);
  return kind ? sentence(*kind) : kNothing;
}

}  // namespace certmap
