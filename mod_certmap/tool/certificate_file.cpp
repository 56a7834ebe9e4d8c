#include "tool/certificate_file.h"

#include <openssl/bio.h>
#include <openssl/pem.h>

#include "core/visible.h"
#include "tool/command.h"
#include "tool/input_file.h"
#include "tool/other_file.h"
#include "tool/pkcs12.h"

namespace certmap {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::shared_ptr<X509> first_of_pem(std::string_view content) {
  if (content.starts_with(kByteOrderMark)) content.remove_prefix(kByteOrderMark.size());
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(content.data(), static_cast<int>(content.size())), BIO_free);
  // An encrypted block is asked no password for: certificates are not.
  char no_password[] = "";
  return {PEM_read_bio_X509_AUX(bio.get(), nullptr, nullptr, no_password), X509_free};
}

}  // namespace

Certificate read_certificate_file(const std::string& path,
                                  const std::optional<std::string>& password_file) {
  const auto content = read_input(path);
  const auto name = path == "-" ? "standard input" : visible(path);
  if (auto certificate = read_certificate(content)) return std::move(*certificate);
  auto x509 = first_of_pem(content);
  if (!x509) x509 = certificate_of_pkcs12(content, name, password_file);
  if (!x509) throw ToolError(name + " " + what_it_is(content));
  return read_certificate(std::move(x509));
}

}  // namespace certmap
