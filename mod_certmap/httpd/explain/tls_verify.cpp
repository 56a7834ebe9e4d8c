#include "httpd/explain/tls_verify.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "core/certificate/openssl_der.h"
#include "httpd/tree/held_lines.h"
#include "httpd/tree/lines.h"
#include "httpd/tree/ssl_lines.h"

namespace certmap {
namespace {

/// The lists of ciphers in the order in which mod_ssl hands them to OpenSSL; each may set the
/// security level.
std::vector<std::string> cipher_lists(const HeldLines& lines, apr_pool_t* pool) {
  std::vector<std::string> lists;
  for (const auto* line : lines.named_in_server("SSLCipherSuite")) {
    const auto words = words_in(line, pool);
    if (words.size() == 1 || words.at(0) == "SSL") lists = {words.back()};
  }
  for (const auto* line : lines.named_in_server("SSLOpenSSLConfCmd")) {
    if (first_word(line) == "cipherstring") lists.push_back(words_in(line, pool).back());
  }
  return lists;
}

/// What mod_ssl's lines say; empty: nothing.
struct TrustLines {
  std::string ca_file, ca_folder, check, list_file, list_folder;
  std::vector<std::string> ciphers;

  TrustLines(const HeldLines& lines, apr_pool_t* pool)
      : check(ssl_word(lines, "SSLCARevocationCheck", "none")), ciphers(cipher_lists(lines, pool)) {
    const auto path = [&](const char* name) {
      const auto* text = ssl_path(lines, name, pool);
      return std::string(text ? text : "");
    };
    ca_file = path("SSLCACertificateFile"), ca_folder = path("SSLCACertificatePath");
    if (check == "none") return;
    list_file = path("SSLCARevocationFile"), list_folder = path("SSLCARevocationPath");
  }
};

int security_level(const std::vector<std::string>& ciphers) {
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context(SSL_CTX_new(TLS_server_method()),
                                                             SSL_CTX_free);
  if (!context) throw std::bad_alloc();
  for (const auto& list : ciphers) SSL_CTX_set_cipher_list(context.get(), list.c_str());
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

bool is_invalid(X509* x509) { return (X509_get_extension_flags(x509) & EXFLAG_INVALID) != 0; }

/// Of a CA with an extension that does not decode, another key or another key identifier OpenSSL
/// says that there is none.
void describe_namesakes(X509_STORE_CTX* context, X509* x509, Verification& result) {
  auto* known = X509_STORE_CTX_get1_certs(context, X509_get_issuer_name(x509));
  for (int i = 0; i < sk_X509_num(known); ++i) {
    auto* ca = sk_X509_value(known, i);
    if (is_invalid(ca)) {
      result.is_invalid = true;
      result.subject = result.issuer;
      ++result.depth;
      break;
    }
    if (X509_cmp(ca, x509) == 0) continue;
    auto* key = X509_get0_pubkey(ca);
    result.namesake = key && X509_verify(x509, key) == 1
                          ? "what the certificate says of its CA (authorityKeyIdentifier) is not "
                            "so of that one"
                          : "its key did not sign the certificate";
  }
  sk_X509_pop_free(known, X509_free);
}

/// What OpenSSL stood at when it gave up.
void describe_failure(X509_STORE_CTX* context, Verification& result) {
  result.error = X509_STORE_CTX_get_error(context);
  result.depth = X509_STORE_CTX_get_error_depth(context);
  if (auto* x509 = X509_STORE_CTX_get_current_cert(context)) {
    const auto facts = read_certificate(shared(x509));
    result.subject = to_text(facts.subject, NameStyle::Rfc4514);
    result.issuer = to_text(facts.issuer, NameStyle::Rfc4514);
    if (!is_untrusted(result.error)) return;
    result.is_invalid = is_invalid(x509);
    if (!result.is_invalid) describe_namesakes(context, x509, result);
  }
}

void keep_chain(X509_STORE_CTX* context, Verification& result) {
  const auto* chain = X509_STORE_CTX_get0_chain(context);
  for (int i = 0; i < sk_X509_num(chain); ++i)
    result.chain.push_back(shared(sk_X509_value(chain, i)));
  result.depth = sk_X509_num(chain) - 1;
}

bool may_lack_crl(const HeldLines& lines) {
  const auto check = args_of(ssl_line(lines, "SSLCARevocationCheck"));
  return ap_strcasestr(check.c_str(), "no_crl_for_cert_ok") != nullptr;
}

std::string date_of(const ASN1_TIME* time) {
  std::tm parts{};
  char text[32] = "";
  if (time && ASN1_TIME_to_tm(time, &parts) == 1)
    std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts);
  return text;
}

/// What the verification callback needs.
struct Watched {
  bool may_lack_crl;
  std::string list;
};

/// OpenSSL forgets the list when it is done.
int watch(int ok, X509_STORE_CTX* context) {
  auto& watched = *static_cast<Watched*>(X509_STORE_CTX_get_app_data(context));
  const int error = X509_STORE_CTX_get_error(context);
  if (error == X509_V_ERR_UNABLE_TO_GET_CRL && watched.may_lack_crl) {
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
  }
  const auto* list = ok == 0 ? X509_STORE_CTX_get0_current_crl(context) : nullptr;
  if (list)
    watched.list = "the list of " + date_of(X509_CRL_get0_lastUpdate(list)) +
                   ", to be renewed by " + date_of(X509_CRL_get0_nextUpdate(list));
  return ok;
}

/// They stay those of `others`.
OpenSslHandle<STACK_OF(X509)> stack_of(const Others& others) {
  OpenSslHandle<STACK_OF(X509)> stack(sk_X509_new_null());
  for (const auto& each : others)
    if (!stack || sk_X509_push(stack.get(), each.get()) == 0) throw std::bad_alloc();
  return stack;
}

}  // namespace

const TlsTrust& TlsTrusts::of(const HeldLines& lines, apr_pool_t* pool) {
  const TrustLines said(lines, pool);
  std::vector<std::string> key = {said.ca_file, said.ca_folder, said.check, said.list_file,
                                  said.list_folder};
  key.insert(key.end(), said.ciphers.begin(), said.ciphers.end());
  auto found = all_.find(key);
  if (found == all_.end()) found = all_.emplace(key, read_trust(said)).first;
  return found->second;
}

bool is_untrusted(int error) {
  return error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
         error == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
         error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
         error == X509_V_ERR_CERT_UNTRUSTED || error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE;
}

Verification verify_as_tls(const HeldLines& lines, const Certificate& certificate,
                           const Others& others, const TlsTrust& trust) {
  if (!trust.unreadable.empty()) return {.unreadable = trust.unreadable};
  const auto untrusted = stack_of(others);
  const OpenSslHandle<X509_STORE_CTX> context(X509_STORE_CTX_new());
  if (!context || X509_STORE_CTX_init(context.get(), trust.store.get(), certificate.x509.get(),
                                      untrusted.get()) != 1)
    throw std::bad_alloc();
  X509_STORE_CTX_set_default(context.get(), "ssl_client");
  X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(context.get()), trust.security_level);
  Watched watched{may_lack_crl(lines)};
  X509_STORE_CTX_set_app_data(context.get(), &watched);
  X509_STORE_CTX_set_verify_cb(context.get(), watch);
  Verification result;
  if (X509_verify_cert(context.get()) != 1)
    describe_failure(context.get(), result);
  else
    keep_chain(context.get(), result);
  result.list = std::move(watched.list);
  ERR_clear_error();
  return result;
}

}  // namespace certmap
