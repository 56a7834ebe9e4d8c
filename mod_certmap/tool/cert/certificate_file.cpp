#include "tool/cert/certificate_file.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "core/text/encodings.h"
#include "core/text/visible.h"
#include "tool/cert/other_file.h"
#include "tool/cert/pkcs12.h"
#include "tool/input_file.h"

namespace certmap {
namespace {

constexpr const char* kPasswordFile = "password-file";

std::vector<std::shared_ptr<X509>> certificates_of_pem(std::string_view content) {
  if (content.starts_with(kByteOrderMark)) content.remove_prefix(kByteOrderMark.size());
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(content.data(), static_cast<int>(content.size())), BIO_free);
  // An encrypted block is asked no password for: certificates are not.
  char no_password[] = "";
  std::vector<std::shared_ptr<X509>> all;
  while (auto* x509 = PEM_read_bio_X509_AUX(bio.get(), nullptr, nullptr, no_password))
    all.emplace_back(x509, X509_free);
  ERR_clear_error();
  return all;
}

std::optional<std::string> password_file(const Arguments& arguments) {
  if (!arguments.has(kPasswordFile)) return std::nullopt;
  return arguments.value(kPasswordFile);
}

}  // namespace

CertificateFile certificate_in(const std::string& content, const std::string& path,
                               const Arguments& arguments) {
  const auto name = path == "-" ? "standard input" : visible(path);
  if (auto certificate = read_certificate(content)) return {std::move(*certificate), {}};
  auto all = certificates_of_pem(content);
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
