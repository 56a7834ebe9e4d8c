#include "core/certificate/file_kind.h"

#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <optional>

#include "core/certificate/der.h"
#include "core/certificate/openssl_der.h"
#include "core/text/encodings.h"

namespace certmap {
namespace {

struct Label {
  std::string_view end;
  FileKind kind;
};

constexpr Label kLabels[] = {
    {"CERTIFICATE", FileKind::Certificate},
    {"CERTIFICATE REQUEST", FileKind::Request},
    {"PKCS7", FileKind::Bundle},
    {"CMS", FileKind::Bundle},
    {"X509 CRL", FileKind::RevocationList},
    {"PRIVATE KEY", FileKind::PrivateKey},
    {"PUBLIC KEY", FileKind::PublicKey},
};

/// By the labels of PEM blocks: of several the one that stands first in kLabels.
std::optional<FileKind> kind_of_pem(std::string_view content) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  std::optional<FileKind> best;
  for (auto at = content.find(kBegin); at != content.npos; at = content.find(kBegin, at)) {
    const bool at_line_start = at == 0 || content[at - 1] == '\n' || content[at - 1] == '\r' ||
                               content.substr(0, at) == kByteOrderMark;
    at += kBegin.size();
    if (!at_line_start) continue;
    const auto label = content.substr(at, content.find("-----", at) - at);
    const auto* found =
        std::ranges::find_if(kLabels, [&](const Label& each) { return label.ends_with(each.end); });
    const auto kind = found == std::end(kLabels) ? FileKind::Pem : found->kind;
    best = best ? std::min(*best, kind) : kind;
  }
  return best;
}

EVP_PKEY* private_key(EVP_PKEY** key, const unsigned char** at, long length) {
  return d2i_AutoPrivateKey(key, at, length);
}

std::optional<FileKind> kind_of_der(std::string_view content) {
  if (decode_start(content, d2i_PKCS12, PKCS12_free)) return FileKind::Pkcs12;
  if (decode_start(content, d2i_X509_REQ, X509_REQ_free)) return FileKind::Request;
  if (decode_start(content, d2i_PKCS7, PKCS7_free)) return FileKind::Bundle;
  if (decode_start(content, d2i_X509_CRL, X509_CRL_free)) return FileKind::RevocationList;
  if (decode_start(content, private_key, EVP_PKEY_free)) return FileKind::PrivateKey;
  if (decode_start(content, d2i_X509_SIG, X509_SIG_free)) return FileKind::PrivateKey;
  if (decode_start(content, d2i_PUBKEY, EVP_PKEY_free)) return FileKind::PublicKey;
  return std::nullopt;
}

/// RFC 5280 section 4.1: two SEQUENCEs, then the version 2 or 3, which only a certificate has
/// there.
bool starts_as_certificate(std::string_view der) {
  using namespace std::string_view_literals;
  return enter_sequence(der) && enter_sequence(der) &&
         (der.starts_with("\xa0\x03\x02\x01\x02"sv) || der.starts_with("\xa0\x03\x02\x01\x01"sv));
}

}  // namespace

bool starts_with_certificate(std::string_view content) {
  return decode_start(content, d2i_X509, X509_free) != nullptr;
}

std::optional<FileKind> file_kind(std::string_view content) {
  auto kind = kind_of_pem(content);
  if (!kind && (starts_with_certificate(content) || starts_as_certificate(content)))
    kind = FileKind::Certificate;
  return kind ? kind : kind_of_der(content);
}

std::string noun_of(FileKind kind) {
  constexpr std::array kNouns = {
      "a certificate",   "a certificate signing request",
      "a PKCS#7 bundle", "a certificate revocation list",
      "a private key",   "a public key",
      "a PKCS#12 file",  "a PEM file",
  };
  static_assert(kNouns.size() == static_cast<std::size_t>(FileKind::Pem) + 1);
  return kNouns[static_cast<std::size_t>(kind)];
}

std::string what_it_is_instead(std::string_view content) {
  const auto kind = file_kind(content);
  if (!kind) return "holds no certificate";
  if (content.find("-----BEGIN TRUSTED CERTIFICATE-----") != content.npos)
    return "has its certificate with trust settings of OpenSSL; write it plainly with openssl x509 "
           "-in FILE -out NEW.pem";
  if (*kind == FileKind::Certificate && content.find('\n') == content.npos &&
      content.starts_with("-----BEGIN "))
    return "has lines that end in a carriage return alone; change these with tr '\\r' '\\n'";
  if (*kind == FileKind::Certificate)
    return "is a certificate in DER; make PEM of it with openssl x509 -inform DER";
  return "is " + noun_of(*kind) + " and holds no certificate that can be read here";
}

}  // namespace certmap
