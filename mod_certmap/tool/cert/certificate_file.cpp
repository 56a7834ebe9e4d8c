#include "tool/cert/certificate_file.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/certificate/file_kind.h"
#include "core/certificate/openssl_der.h"
#include "core/text/encodings.h"
#include "core/text/visible.h"
#include "tool/cert/pkcs12.h"
#include "tool/input_file.h"

namespace certmap {
namespace {

constexpr const char* kPasswordFile = "password-file";

/// Throws ToolError where one behind a good one is damaged.
std::vector<std::shared_ptr<X509>> certificates_of_pem(std::string_view content,
                                                       const std::string& name) {
  if (content.starts_with(kByteOrderMark)) content.remove_prefix(kByteOrderMark.size());
  const OpenSslHandle<BIO> bio(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
  // An encrypted block is asked no password for: certificates are not.
  char no_password[] = "";
  std::vector<std::shared_ptr<X509>> all;
  while (auto* x509 = PEM_read_bio_X509_AUX(bio.get(), nullptr, nullptr, no_password))
    all.emplace_back(x509, X509_free);
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!all.empty() && !at_end)
    throw ToolError(name + ": certificate " + std::to_string(all.size() + 1) +
                    " is damaged; make the file anew, or take that out");
  return all;
}

std::optional<std::string> password_file(const Arguments& arguments) {
  if (!arguments.has(kPasswordFile)) return std::nullopt;
  return arguments.value(kPasswordFile);
}

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

/// What a file is that holds no certificate: the end of a sentence that begins with its name.
std::string what_it_is(std::string_view content) {
  if (content.empty()) return "is empty; give it a PEM, DER or PKCS#12 file";
  if (starts_with_certificate(content)) return "has octets behind the certificate; cut them off";
  const auto kind = file_kind(content);
  return kind ? sentence(*kind) : kNothing;
}

}  // namespace

CertificateFile certificate_in(const std::string& content, const std::string& path,
                               const Arguments& arguments) {
  const auto name = path == "-" ? "standard input" : visible(path);
  if (auto certificate = read_certificate(content)) return {std::move(*certificate), {}};
  auto all = certificates_of_pem(content, name);
  if (all.empty()) all = certificates_of_pkcs12(content, name, password_file(arguments));
  if (all.empty()) throw ToolError(name + " " + what_it_is(content));
  return {read_certificate(all.front()), {all.begin() + 1, all.end()}};
}

CertificateFile read_certificate_and_others(const std::string& path, const Arguments& arguments) {
  return certificate_in(read_input(path), path, arguments);
}

Certificate read_certificate_file(const std::string& path, const Arguments& arguments) {
  return read_certificate_and_others(path, arguments).certificate;
}

Option password_file_option() {
  return {kPasswordFile, "FILE", "holds the password of a PKCS#12 file"};
}

}  // namespace certmap
