#include "ldap/wire/options.h"

#include <dlfcn.h>
#include <sys/time.h>

#include <string>

#include "core/text/error.h"
#include "ldap/wire/failure.h"
#include "ldap/wire/handle.h"

// libldap counts references to TLS contexts, and hands them out with a reference, but the function
// that drops one stands in none of its headers.
extern "C" __attribute__((weak)) void ldap_pvt_tls_ctx_free(void* context);

namespace certmap {
namespace {

/// libldap connects anew by itself where it finds its connection closed: without TLS, without
/// binding. This is where it then goes.
constexpr const char* kNowhere = "ldapi://%2Fdev%2Fnull%2Fnowhere";

void set(LDAP* handle, int option, const void* value) {
  if (ldap_set_option(handle, option, value) != LDAP_OPT_SUCCESS)
    throw LdapFailure(LdapFailure::Kind::Server, "cannot be used: libldap refuses option " +
                                                     std::to_string(option) + " for it");
}

void set(LDAP* handle, int option, int value) { set(handle, option, &value); }

void set_general_options(LDAP* handle) {
  set(handle, LDAP_OPT_PROTOCOL_VERSION, LDAP_VERSION3);
  set(handle, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
  set(handle, LDAP_OPT_DEREF, LDAP_DEREF_NEVER);
  set(handle, LDAP_OPT_RESTART, LDAP_OPT_ON);
  set(handle, LDAP_OPT_CONNECT_ASYNC, LDAP_OPT_OFF);
  set(handle, LDAP_OPT_KEEPCONN, LDAP_OPT_OFF);
  const timeval none{.tv_sec = -1, .tv_usec = 0};  // Socket has the deadline
  set(handle, LDAP_OPT_TIMEOUT, &none);
  set(handle, LDAP_OPT_NETWORK_TIMEOUT, &none);
  set(handle, LDAP_OPT_SERVER_CONTROLS, nullptr);
  set(handle, LDAP_OPT_CLIENT_CONTROLS, nullptr);
  set(handle, LDAP_OPT_URI, kNowhere);
}

/// Those that are looked at when a connection is made.
void set_verification(LDAP* handle) {
  set(handle, LDAP_OPT_X_TLS, LDAP_OPT_X_TLS_NEVER);  // not by itself: we start it
  set(handle, LDAP_OPT_X_TLS_REQUIRE_CERT, LDAP_OPT_X_TLS_DEMAND);
  set(handle, LDAP_OPT_X_TLS_REQUIRE_SAN, LDAP_OPT_X_TLS_DEMAND);
  set(handle, LDAP_OPT_X_TLS_PEERKEY_HASH, nullptr);
  const int none = LDAP_OPT_X_TLS_CRL_NONE;
  ldap_set_option(handle, LDAP_OPT_X_TLS_CRLCHECK, &none);  // GnuTLS has no such option
}

void set_file(LDAP* handle, int option, const std::shared_ptr<const ConfigFile>& file) {
  set(handle, option, file ? file->path.c_str() : nullptr);
}

/// Those that a context is made from.
void make_tls_context(LDAP* handle, const DirectorySettings& settings) {
  set_file(handle, LDAP_OPT_X_TLS_CACERTFILE, settings.ca);
  set_file(handle, LDAP_OPT_X_TLS_CERTFILE, settings.client_certificate);
  set_file(handle, LDAP_OPT_X_TLS_KEYFILE, settings.client_key);
  for (const int unused : {LDAP_OPT_X_TLS_CACERTDIR, LDAP_OPT_X_TLS_CACERT, LDAP_OPT_X_TLS_CERT,
                           LDAP_OPT_X_TLS_KEY, LDAP_OPT_X_TLS_CRLFILE, LDAP_OPT_X_TLS_DHFILE,
                           LDAP_OPT_X_TLS_CIPHER_SUITE, LDAP_OPT_X_TLS_ECNAME})
    set(handle, unused, nullptr);
  set(handle, LDAP_OPT_X_TLS_PROTOCOL_MIN, LDAP_OPT_X_TLS_PROTOCOL_TLS1_2);
  set(handle, LDAP_OPT_X_TLS_PROTOCOL_MAX, 0);
  set(handle, LDAP_OPT_X_TLS_NEWCTX, 0);
}

/// httpd unloads modules at a restart, and what they are linked with; each time its TLS library is
/// loaded again, it leaves memory behind.
void keep_libldap_loaded() {
  Dl_info library{};
  if (dladdr(reinterpret_cast<const void*>(&ldap_initialize), &library) == 0) return;
  if (void* handle = dlopen(library.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE))
    dlclose(handle);
}

}  // namespace

void LdapOptions::TlsContextFree::operator()(void* context) const {
  if (ldap_pvt_tls_ctx_free != nullptr) ldap_pvt_tls_ctx_free(context);
}

LdapOptions::LdapOptions(const DirectorySettings& settings) {
  keep_libldap_loaded();
  LDAP* made = nullptr;
  if (ldap_initialize(&made, kNowhere) != LDAP_SUCCESS)
    throw ConfigError("libldap cannot be used: it makes no handle");
  const std::unique_ptr<LDAP, LdapUnbind> handle(made);
  if (!settings.ca) return;
  try {
    set_verification(made);
    make_tls_context(made, settings);
    void* context = nullptr;
    ldap_get_option(made, LDAP_OPT_X_TLS_CTX, &context);
    tls_context_.reset(context);
  } catch (const LdapFailure&) {
    throw ConfigError(
        std::string("CertMapLDAPCACert ") +
        (settings.client_certificate ? "or CertMapLDAPClientCert " : "") +
        "cannot be used; name certificates, and a key without passphrase that belongs "
        "to its certificate, in PEM");
  }
}

void LdapOptions::set(LDAP* handle) const {
  set_general_options(handle);
  if (!tls_context_) return;
  set_verification(handle);
  certmap::set(handle, LDAP_OPT_X_TLS_CTX, tls_context_.get());
}

}  // namespace certmap
