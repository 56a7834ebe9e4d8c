// TLS tickets: a session that the client keeps, with its certificate in it, is not resumed once
// that certificate has expired, so that the client is asked for its new one.
#pragma once

#include <openssl/ssl.h>

#include "httpd/config.h"

namespace certmap {

/// mod_ssl's hook init_server: notes the context of a virtual host.
int note_tls_context(server_rec* s, apr_pool_t* pool, int is_proxy, SSL_CTX* context);

/// Where mod_ssl runs on this module's OpenSSL.
void look_at_tickets(const Configuration& configuration);

}  // namespace certmap
