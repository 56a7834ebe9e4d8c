#include "core/certificate/pem.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>

#include "core/certificate/openssl_der.h"
#include "core/text/encodings.h"
#include "core/text/error.h"

namespace certmap {
namespace {

using Memory = std::unique_ptr<void, decltype([](void* memory) { OPENSSL_free(memory); })>;

struct Block {
  std::string label, content;
};

/// False where there is none any more, or the next is damaged, which OpenSSL's queue says.
bool read_block(BIO* bio, Block& block) {
  char *label = nullptr, *header = nullptr;
  unsigned char* data = nullptr;
  long length = 0;
  if (PEM_read_bio(bio, &label, &header, &data, &length) != 1) return false;
  const Memory owned[] = {Memory(label), Memory(header), Memory(data)};
  block = {label, {reinterpret_cast<const char*>(data), static_cast<std::size_t>(length)}};
  return true;
}

std::string how_to_write(std::string_view label) {
  if (label == "TRUSTED CERTIFICATE")
    return "it has trust settings of OpenSSL; write it plainly with openssl x509 -in FILE "
           "-out NEW.pem";
  return "take its certificates out with openssl pkcs7 -print_certs";
}

/// OpenSSL passes over lines that begin a block in another way, such as with the dashes of a text
/// (U+2010 to U+2015).
void check_begin_lines(std::string_view content, const std::string& name) {
  std::size_t number = 0;
  while (!content.empty()) {
    ++number;
    auto line = content.substr(0, content.find('\n'));
    content.remove_prefix(std::min(content.size(), line.size() + 1));
    line = line.substr(0, line.find_last_not_of(" \t\r") + 1);
    const auto begin = line.find("BEGIN ");
    const bool is_meant = begin != line.npos && line.find("CERTIFICATE", begin) != line.npos &&
                          (line.find('-') != line.npos || line.find("\xe2\x80") != line.npos);
    if (is_meant && !(line.starts_with("-----BEGIN ") && line.ends_with("-----")))
      throw ConfigError(name + ":" + std::to_string(number) +
                        ": the certificate here is not read; its first line must be exactly "
                        "-----BEGIN CERTIFICATE-----");
  }
}

}  // namespace

std::vector<std::string> read_pem_certificates(std::string_view content, const std::string& name) {
  if (content.starts_with(kByteOrderMark)) content.remove_prefix(kByteOrderMark.size());
  check_begin_lines(content, name);
  const OpenSslHandle<BIO> bio(BIO_new_mem_buf(content.data(), static_cast<int>(content.size())));
  if (!bio) throw std::bad_alloc();
  std::vector<std::string> found;
  for (Block block; read_block(bio.get(), block);) {
    const std::string_view label = block.label;
    if (label == "CERTIFICATE" || label == "X509 CERTIFICATE")
      found.push_back(std::move(block.content));
    else if (label.ends_with("CERTIFICATE") || label == "PKCS7" || label == "CMS")
      throw ConfigError(name + ": the " + block.label + " in it is not read; " +
                        how_to_write(label));
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  ERR_clear_error();
  if (!at_end)
    throw ConfigError(name + ": certificate " + std::to_string(found.size() + 1) +
                      " is damaged; it must be a PEM certificate");
  return found;
}

}  // namespace certmap
