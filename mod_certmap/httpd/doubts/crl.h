// Revocation lists that are not asked where one would think so. Called when the configuration was
// read, by `httpd -t` as well.
#pragma once

#include "httpd/base/apache.h"

namespace certmap {

/// Says, at any LogLevel, which rule in use has no CertMapCRL for a CA of which another one in use
/// has lists, and where mod_ssl asks lists of its own beside CertMapCRL.
void doubt_crls(server_rec* main_server);

}  // namespace certmap
