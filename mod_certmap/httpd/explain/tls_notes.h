// Where clients of one server fare differently from what mod_ssl's verdict on a certificate says.
#pragma once

#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

#include "httpd/tree/held_lines.h"

namespace certmap {

/// Sentences, each without its full stop. `chain`: the certificate and the CAs above it, as they
/// were verified; empty: they were not.
std::vector<std::string> tls_notes(const HeldLines& lines,
                                   const std::vector<std::shared_ptr<X509>>& chain,
                                   apr_pool_t* pool);

/// Of a session that skips the handshake; empty: its ticket's key is httpd's own.
std::string ticket_note(const HeldLines& lines);

/// Where a certificate is asked for, seen from a place where it is not.
std::string where_asked(const HeldLines& lines);

}  // namespace certmap
