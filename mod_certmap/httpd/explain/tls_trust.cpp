#include "httpd/explain/tls_trust.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <memory>
#include <new>

namespace certmap {
namespace {

/// What mod_ssl's lines say; empty: nothing.
struct TrustLines {
  std::string ca_file, ca_folder, check, list_file, list_folder, ciphers;

  TrustLines(const HeldLines& lines, apr_pool_t* pool)
      : check(ssl_word(lines, "SSLCARevocationCheck", "none")),
        ciphers(ssl_value(lines, "SSLCipherSuite")) {
    const auto path = [&](const char* name) {
      const auto* text = ssl_path(lines, name, pool);
      return std::string(text ? text : "");
    };
    ca_file = path("SSLCACertificateFile"), ca_folder = path("SSLCACertificatePath");
    if (check == "none") return;
    list_file = path("SSLCARevocationFile"), list_folder = path("SSLCARevocationPath");
  }
};

int security_level(const std::string& ciphers) {
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_server_method()),
                                                             SSL_CTX_free);
  if (!context) throw std::bad_alloc();
  if (!ciphers.empty() && ciphers.find("TLSv1.3") != 0)
    SSL_CTX_set_cipher_list(context.get(), ciphers.c_str());
  return SSL_CTX_get_security_level(context.get());
}

bool load(X509_STORE* store, const std::string& file, const std::string& folder) {
  if (!file.empty() && X509_STORE_load_file(store, file.c_str()) != 1) return false;
  return folder.empty() || X509_STORE_load_path(store, folder.c_str()) == 1;
}

/// The name of what cannot be read.
std::string fill(X509_STORE* store, const TrustLines& lines) {
  if (!load(store, lines.ca_file, lines.ca_folder))
    return lines.ca_file.empty() ? "SSLCACertificatePath" : lines.ca_file;
  if (lines.check == "none") return {};
  if (!load(store, lines.list_file, lines.list_folder))
    return lines.list_file.empty() ? "SSLCARevocationPath" : lines.list_file;
  X509_STORE_set_flags(
      store, X509_V_FLAG_CRL_CHECK | (lines.check == "chain" ? X509_V_FLAG_CRL_CHECK_ALL : 0));
  return {};
}

TlsTrust read_trust(const TrustLines& lines) {
  TlsTrust trust{OpenSslHandle<X509_STORE>(X509_STORE_new())};
  if (!trust.store) throw std::bad_alloc();
  trust.unreadable = fill(trust.store.get(), lines);
  trust.security_level = security_level(lines.ciphers);
  ERR_clear_error();
  return trust;
}

}  // namespace

const TlsTrust& TlsTrusts::of(const HeldLines& lines, apr_pool_t* pool) {
  const TrustLines said(lines, pool);
  const std::vector<std::string> key = {said.ca_file,   said.ca_folder,   said.check,
                                        said.list_file, said.list_folder, said.ciphers};
  auto found = all_.find(key);
  if (found == all_.end()) found = all_.emplace(key, read_trust(said)).first;
  return found->second;
}

}  // namespace certmap
