// mod_ssl's lines, as mod_ssl reads them.
#pragma once

#include <string>

#include "httpd/base/apache.h"
#include "httpd/tree/held_lines.h"

namespace certmap {

/// The line of that name in force; null: it is not set. SSLVerifyClient is about the place, as is
/// SSLVerifyDepth where the handshake does not ask; everything else is about the server.
const ap_directive_t* ssl_line(const HeldLines& lines, const char* name);
/// Its first word in lower case, or `otherwise`.
std::string ssl_word(const HeldLines& lines, const char* name, const char* otherwise);
/// Its first word as a path; null: it is not set.
const char* ssl_path(const HeldLines& lines, const char* name, apr_pool_t* pool);

/// True where the server speaks TLS by SSLEngine, or because a Listen line says https.
bool has_tls(const HeldLines& lines);
/// What a SSLVerifyClient says: none, optional, optional_no_ca or require. A null line says none.
std::string verify_mode(const ap_directive_t* line);
/// What is said for the handshake.
std::string asked_at_handshake(const HeldLines& lines);
/// What is said where no SSLVerifyClient asks. `line` says none; null: there is none. `where_asked`
/// is an addition about other places.
std::string never_asked(const ap_directive_t* line, const std::string& where_asked = {});
/// What a SSLVerifyDepth says: 1 where there is none.
int verify_depth(const ap_directive_t* line);

}  // namespace certmap
