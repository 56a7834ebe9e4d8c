#include "tool/certificate_file.h"

#include <openssl/bio.h>
#include <openssl/pem.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>

#include "tool/command.h"

namespace certmap {
namespace {

std::string read_file(const std::string& path) {
  if (path == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
  std::ifstream file(path, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(file), {}};
  if (!file) throw ToolError("cannot read " + path + ": " + std::strerror(errno));
  return content;
}

std::shared_ptr<X509> first_of_pem(const std::string& content) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(content.data(), static_cast<int>(content.size())), BIO_free);
  return {PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free};
}

}  // namespace

Certificate read_certificate_file(const std::string& path, const std::optional<std::string>&) {
  const auto content = read_file(path);
  if (const auto x509 = first_of_pem(content)) return read_certificate(x509);
  if (auto certificate = read_certificate(content)) return std::move(*certificate);
  throw ToolError(path + " holds no certificate; give it a PEM, DER or PKCS#12 file");
}

}  // namespace certmap
