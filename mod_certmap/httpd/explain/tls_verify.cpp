#include "httpd/explain/tls_verify.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "core/certificate/openssl_handle.h"
#include "httpd/tree/held_lines.h"

namespace certmap {
namespace {

bool is_invalid(X509* x509) { return (X509_get_extension_flags(x509) & EXFLAG_INVALID) != 0; }

/// Of a CA with an extension that does not decode OpenSSL says that there is none.
bool is_issuer_invalid(X509_STORE_CTX* context, X509* x509) {
  auto* known = X509_STORE_CTX_get1_certs(context, X509_get_issuer_name(x509));
  bool found = false;
  for (int i = 0; i < sk_X509_num(known); ++i) found |= is_invalid(sk_X509_value(known, i));
  sk_X509_pop_free(known, X509_free);
  return found;
}

/// What OpenSSL stood at when it gave up.
void describe_failure(X509_STORE_CTX* context, Verification& result) {
  result.error = X509_STORE_CTX_get_error(context);
  result.depth = X509_STORE_CTX_get_error_depth(context);
  if (auto* x509 = X509_STORE_CTX_get_current_cert(context)) {
    X509_up_ref(x509);
    const auto facts = read_certificate(std::shared_ptr<X509>(x509, X509_free));
    result.subject = to_text(facts.subject, NameStyle::Rfc4514);
    result.issuer = to_text(facts.issuer, NameStyle::Rfc4514);
    if (!is_untrusted(result.error)) return;
    result.is_invalid = is_invalid(x509);
    if (!result.is_invalid && is_issuer_invalid(context, x509)) {
      result.is_invalid = true;
      result.subject = result.issuer;
      ++result.depth;
    }
  }
}

void keep_chain(X509_STORE_CTX* context, Verification& result) {
  const auto* chain = X509_STORE_CTX_get0_chain(context);
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    X509_up_ref(sk_X509_value(chain, i));
    result.chain.emplace_back(sk_X509_value(chain, i), X509_free);
  }
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

bool is_untrusted(int error) {
  return error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
         error == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
         error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
         error == X509_V_ERR_CERT_UNTRUSTED || error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE;
}

Verification verify_as_tls(const HeldLines& lines, const Certificate& certificate,
                           const Others& others, const TlsTrust& trust) {
  const auto untrusted = stack_of(others);
  const OpenSslHandle<X509_STORE_CTX> context(X509_STORE_CTX_new());
  if (!context) throw std::bad_alloc();
  Verification result{.unreadable = trust.unreadable};
  Watched watched{may_lack_crl(lines)};
  if (result.unreadable.empty()) {
    if (X509_STORE_CTX_init(context.get(), trust.store.get(), certificate.x509.get(),
                            untrusted.get()) != 1)
      throw std::bad_alloc();
    X509_STORE_CTX_set_default(context.get(), "ssl_client");
    X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(context.get()),
                                     trust.security_level);
    X509_STORE_CTX_set_app_data(context.get(), &watched);
    X509_STORE_CTX_set_verify_cb(context.get(), watch);
    if (X509_verify_cert(context.get()) != 1)
      describe_failure(context.get(), result);
    else
      keep_chain(context.get(), result);
    result.list = std::move(watched.list);
  }
  ERR_clear_error();
  return result;
}

}  // namespace certmap
