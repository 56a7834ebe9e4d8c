// CAs of rules that mod_ssl does not know. Called when the configuration was read, by `httpd -t` as
// well.
#pragma once

#include "httpd/base/apache.h"

namespace certmap {

/// Says, at any LogLevel, which CA of a rule in use a virtual host's SSLCACertificateFile does not
/// have: mod_ssl refuses its certificates before any rule sees them. Silent about CAs that another
/// one signed, because clients may send what leads to them, and wherever it cannot be told.
void doubt_cas(server_rec* main_server);

}  // namespace certmap
