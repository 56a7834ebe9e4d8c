#include "httpd/explain_tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "core/conversion.h"

namespace certmap {
namespace {

using Json = nlohmann::ordered_json;
using Outcome = TlsVerdict::Outcome;

struct Release {
  void operator()(X509_STORE* p) const { X509_STORE_free(p); }
  void operator()(X509_STORE_CTX* p) const { X509_STORE_CTX_free(p); }
  void operator()(SSL_CTX* p) const { SSL_CTX_free(p); }
  void operator()(STACK_OF(X509) * p) const { sk_X509_free(p); }
};
template <typename T>
using Handle = std::unique_ptr<T, Release>;

constexpr const char* kShown[] = {"SSLEngine",
                                  "SSLVerifyClient",
                                  "SSLVerifyDepth",
                                  "SSLCACertificateFile",
                                  "SSLCACertificatePath",
                                  "SSLCARevocationFile",
                                  "SSLCARevocationPath",
                                  "SSLCARevocationCheck",
                                  "SSLOCSPEnable"};

/// A line may be about the place as well as the server.
const ap_directive_t* in_force(const HeldLines& lines, const char* name) {
  const bool per_place = ap_cstr_casecmpn(name, "SSLVerify", 9) == 0;
  return per_place ? lines.find(name) : lines.find_in_server(name);
}

std::string value(const HeldLines& lines, const char* name, const char* otherwise = "") {
  return lines.value(in_force(lines, name), otherwise);
}

/// Null: not set.
const char* path(const HeldLines& lines, const char* name, apr_pool_t* pool) {
  const auto text = value(lines, name);
  return text.empty() ? nullptr : ap_server_root_relative(pool, text.c_str());
}

Json shown_lines(const HeldLines& lines) {
  auto json = Json::array();
  for (const char* name : kShown)
    if (const auto* line = in_force(lines, name))
      json.push_back({{"line", text_of_line(line)}, {"place", text_of_place(line)}});
  return json;
}

/// OpenSSL's, by which weak keys and digests are refused.
int security_level(const HeldLines& lines) {
  const Handle<SSL_CTX> context(SSL_CTX_new(TLS_server_method()));
  if (!context) throw std::bad_alloc();
  const auto ciphers = value(lines, "SSLCipherSuite");
  if (!ciphers.empty() && ciphers.find("TLSv1.3") != 0)
    SSL_CTX_set_cipher_list(context.get(), ciphers.c_str());
  ERR_clear_error();
  return SSL_CTX_get_security_level(context.get());
}

struct Verification {
  int error = X509_V_OK;
  int depth = 0;
  std::string unreadable = {};  ///< the file that could not be read
};

bool load(X509_STORE* store, const char* file, const char* folder) {
  if (file && X509_STORE_load_file(store, file) != 1) return false;
  return !folder || X509_STORE_load_path(store, folder) == 1;
}

/// Adds CAs and, where they are looked at, revocation lists.
std::string fill(X509_STORE* store, const HeldLines& lines, apr_pool_t* pool) {
  const auto* file = path(lines, "SSLCACertificateFile", pool);
  if (!load(store, file, path(lines, "SSLCACertificatePath", pool)))
    return file ? file : "SSLCACertificatePath";
  const auto check = to_lower(value(lines, "SSLCARevocationCheck", "none"));
  if (check == "none") return {};
  const auto* lists = path(lines, "SSLCARevocationFile", pool);
  if (!load(store, lists, path(lines, "SSLCARevocationPath", pool)))
    return lists ? lists : "SSLCARevocationPath";
  X509_STORE_set_flags(store,
                       X509_V_FLAG_CRL_CHECK | (check == "chain" ? X509_V_FLAG_CRL_CHECK_ALL : 0));
  return {};
}

bool may_lack_crl(const HeldLines& lines) {
  const auto* line = in_force(lines, "SSLCARevocationCheck");
  return line && line->args && ap_strcasestr(line->args, "no_crl_for_cert_ok");
}

int forgive_missing_crl(int ok, X509_STORE_CTX* context) {
  if (X509_STORE_CTX_get_error(context) != X509_V_ERR_UNABLE_TO_GET_CRL) return ok;
  X509_STORE_CTX_set_error(context, X509_V_OK);
  return 1;
}

using Others = std::vector<std::shared_ptr<X509>>;

/// They stay those of `others`.
Handle<STACK_OF(X509)> stack_of(const Others& others) {
  Handle<STACK_OF(X509)> stack(sk_X509_new_null());
  for (const auto& each : others)
    if (!stack || sk_X509_push(stack.get(), each.get()) == 0) throw std::bad_alloc();
  return stack;
}

/// As mod_ssl and OpenSSL verify in the handshake.
Verification verify(const HeldLines& lines, const Certificate& certificate, const Others& others,
                    apr_pool_t* pool) {
  const auto untrusted = stack_of(others);
  const Handle<X509_STORE> store(X509_STORE_new());
  const Handle<X509_STORE_CTX> context(X509_STORE_CTX_new());
  if (!store || !context) throw std::bad_alloc();
  Verification result;
  result.unreadable = fill(store.get(), lines, pool);
  if (result.unreadable.empty()) {
    if (X509_STORE_CTX_init(context.get(), store.get(), certificate.x509.get(), untrusted.get()) !=
        1)
      throw std::bad_alloc();
    X509_STORE_CTX_set_default(context.get(), "ssl_client");
    X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(context.get()),
                                     security_level(lines));
    if (may_lack_crl(lines)) X509_STORE_CTX_set_verify_cb(context.get(), forgive_missing_crl);
    if (X509_verify_cert(context.get()) != 1) {
      result.error = X509_STORE_CTX_get_error(context.get());
      result.depth = X509_STORE_CTX_get_error_depth(context.get());
    } else {
      result.depth = sk_X509_num(X509_STORE_CTX_get0_chain(context.get())) - 1;
    }
  }
  ERR_clear_error();
  return result;
}

/// What SSLVerifyClient optional_no_ca forgives.
bool is_optional(int error) {
  return error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT ||
         error == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
         error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
         error == X509_V_ERR_CERT_UNTRUSTED || error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE;
}

std::string reason_of(const Verification& verification, const Certificate& certificate,
                      const HeldLines& lines) {
  std::string why = X509_verify_cert_error_string(verification.error);
  why += verification.depth == 0 ? " (the certificate itself)" : " (a CA above it)";
  const auto issuer = to_text(certificate.issuer, NameStyle::Rfc4514);
  if (verification.error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY && verification.depth == 0)
    return why + ": SSLCACertificateFile has no CA " + issuer +
           ", and the certificate's file has none that leads to a trusted CA";
  if (verification.error == X509_V_ERR_CERT_CHAIN_TOO_LONG)
    return "there are " + std::to_string(verification.depth) +
           " CAs above it, and SSLVerifyDepth is " + value(lines, "SSLVerifyDepth", "1") +
           "; raise it";
  if (verification.error == X509_V_ERR_INVALID_PURPOSE)
    return why + ": it is not for TLS clients (extendedKeyUsage without clientAuth, or keyUsage)";
  return why;
}

TlsVerdict say(Outcome outcome, std::string why) { return {outcome, std::move(why), {}}; }

TlsVerdict judge(const HeldLines& lines, const Certificate& certificate, const Others& others,
                 apr_pool_t* pool) {
  if (to_lower(value(lines, "SSLEngine", "off")) == "off")
    return say(Outcome::NotAsked, "SSLEngine is off: there is no TLS, and no certificate");
  const auto at_place = to_lower(value(lines, "SSLVerifyClient", "none"));
  const auto at_handshake = to_lower(lines.value(lines.find_in_server("SSLVerifyClient"), "none"));
  if (at_handshake == "none" && at_place == "none")
    return say(Outcome::NotAsked,
               "SSLVerifyClient is none: the client is never asked for a certificate; write "
               "SSLVerifyClient optional");
  auto found = verify(lines, certificate, others, pool);
  if (!found.unreadable.empty())
    return say(Outcome::Unknown, found.unreadable + " cannot be read by this user");
  const auto depth = std::atoi(value(lines, "SSLVerifyDepth", "1").c_str());
  if (found.error == X509_V_OK && found.depth > depth) found.error = X509_V_ERR_CERT_CHAIN_TOO_LONG;
  if (found.error == X509_V_OK) return say(Outcome::Accepted, {});
  const auto mode = at_handshake == "none" ? at_place : at_handshake;
  const auto why = reason_of(found, certificate, lines);
  if (mode == "optional_no_ca" && is_optional(found.error)) return say(Outcome::NotVerified, why);
  return say(Outcome::Refused, why);
}

const char* word(Outcome outcome) {
  switch (outcome) {
    case Outcome::Accepted:
      return "accepted";
    case Outcome::NotAsked:
      return "not_asked";
    case Outcome::NotVerified:
      return "not_verified";
    case Outcome::Refused:
      return "refused";
    case Outcome::Unknown:
      return "unknown";
  }
  return "unknown";
}

}  // namespace

TlsVerdict ask_tls(const HeldLines& lines, const Certificate& certificate, const Others& others,
                   apr_pool_t* pool) {
  auto verdict = judge(lines, certificate, others, pool);
  verdict.json = {{"outcome", word(verdict.outcome)}};
  if (!verdict.why.empty()) verdict.json["why"] = verdict.why;
  verdict.json["lines"] = shown_lines(lines);
  return verdict;
}

}  // namespace certmap
