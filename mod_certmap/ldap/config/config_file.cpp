#include "ldap/config/config_file.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstddef>
#include <system_error>
#include <utility>

#include "core/certificate/file_kind.h"
#include "core/certificate/openssl_der.h"
#include "core/live/descriptor.h"
#include "core/live/reading.h"
#include "core/text/error.h"

namespace certmap {
namespace {

OpenSslHandle<BIO> open_text(const std::string& text) {
  return OpenSslHandle<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

OpenSslHandle<X509> next_certificate(BIO* text) {
  return OpenSslHandle<X509>(PEM_read_bio_X509(text, nullptr, nullptr, nullptr));
}

/// httpd cannot be asked for it.
int no_passphrase(char*, int, int, void*) { return 0; }

bool is_end() {
  const auto code = ERR_peek_last_error();
  ERR_clear_error();
  return ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
}

// PEM files are small; a wrong path may name anything.
constexpr std::size_t kMaxSize = 16 << 20;

std::string words_of(int error) { return std::generic_category().message(error); }

}  // namespace

void check_certificates(const std::string& name, const std::string& pem) {
  const auto text = open_text(pem);
  int count = 0;
  while (next_certificate(text.get())) ++count;
  if (!is_end()) throw ConfigError(name + " has a certificate that cannot be read");
  if (count == 0)
    throw ConfigError(name + ": " + what_it_is_instead(pem) +
                      "; name a file with PEM certificates");
}

void check_key(const std::string& certificate_pem, const std::string& key_pem) {
  const auto certificate = next_certificate(open_text(certificate_pem).get());
  const OpenSslHandle<EVP_PKEY> key(
      PEM_read_bio_PrivateKey(open_text(key_pem).get(), nullptr, no_passphrase, nullptr));
  const bool fits = certificate && key && X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  if (!key)
    throw ConfigError(
        "the key file has no private key that can be read without a passphrase; it must be PEM");
  if (!fits) throw ConfigError("the key is not that of the certificate");
}

ConfigFile read_config_file(const std::string& path) {
  const auto refuse = [&](const std::string& why) {
    throw ConfigError("cannot read " + path + ": " + why);
  };
  const OpenedFile file(path);
  if (file.failure != 0) refuse(words_of(file.failure));
  if (!S_ISREG(file.facts.st_mode)) refuse("it is no regular file; name a file");
  std::string content;
  if (!read_octets(file.descriptor.get(), kMaxSize, content)) refuse(words_of(errno));
  if (content.size() > kMaxSize) refuse("it is larger than 16 MiB; name another file");
  return {path, std::move(content), file.facts.st_uid, file.facts.st_mode};
}

}  // namespace certmap
