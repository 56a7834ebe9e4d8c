// What httpd takes as a configuration, and an administrator hardly meant. Called when the
// configuration was read, by `httpd -t` as well; each reports at any LogLevel, and says nothing
// where it cannot be told.
#pragma once

#include "httpd/config/config.h"

namespace certmap {

/// Reads the directive tree. Returns false where something cannot stand.
bool check_doubts(server_rec* main_server);

/// FakeBasicAuth where two factors are asked for: each CertMapControl required under an SSLOptions
/// that answers the password with the certificate. Returns false then. Sees SSLOptions in the same
/// section and in those around it, the innermost of which holds; check_second_factor() sees the
/// rest.
bool check_fake_basic(const Configuration& configuration, server_rec* main_server);

/// Which rule maps certificates of any CA, names a CA that has expired, or has LDAP lines that are
/// not used.
void doubt_rules(server_rec* main_server);

/// CAs of rules that mod_ssl does not know: which CA of a rule in use a virtual host's
/// SSLCACertificateFile does not have, so that mod_ssl refuses its certificates before any rule
/// sees them. Silent about CAs that another one signed, because clients may send what leads to
/// them.
void doubt_cas(server_rec* main_server);

/// Revocation lists that are not asked where one would think so: which rule in use has no
/// CertMapCRL for a CA of which another one in use has lists, and where mod_ssl asks lists of its
/// own beside CertMapCRL.
void doubt_crls(server_rec* main_server);

}  // namespace certmap
