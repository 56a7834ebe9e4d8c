// Every option of libldap that matters, set for one handle: defaults come from the environment,
// ldap.conf and ldaprc, and from whatever else in this process uses libldap.
#pragma once

#include <ldap.h>

#include <memory>

#include "ldap/config/settings.h"

namespace certmap {

/// Made while the configuration is read; then any number of threads may use it.
class LdapOptions {
 public:
  /// Reads the settings' certificates, once for all connections, and makes libldap ready; by itself
  /// it does so when it is first used, not safely among threads. Throws ConfigError where a
  /// certificate or key cannot be used.
  explicit LdapOptions(const DirectorySettings& settings);

  /// Sets them for a new handle. Throws LdapFailure.
  void set(LDAP* handle) const;

 private:
  struct TlsContextFree {
    void operator()(void* context) const;
  };

  /// Of libldap's TLS library; null where there is no TLS. It may be used by any number of threads.
  std::unique_ptr<void, TlsContextFree> tls_context_;
};

}  // namespace certmap
