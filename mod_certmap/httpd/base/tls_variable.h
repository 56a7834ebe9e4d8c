// mod_ssl's variables (or another TLS module's).
#pragma once

#include <http_ssl.h>

#include <string_view>

#include "httpd/base/apache.h"

namespace certmap {

/// Empty where there is none; mod_ssl itself makes no difference.
inline std::string_view tls_variable(request_rec* r, const char* name) {
  return or_empty(ap_ssl_var_lookup(r->pool, r->server, r->connection, r, name));
}

/// "TLSv1.3" → "1.3"; empty without TLS.
inline std::string_view tls_version(std::string_view protocol) {
  constexpr std::string_view kPrefix = "TLSv";
  if (!protocol.starts_with(kPrefix)) return {};
  return protocol == "TLSv1" ? "1.0" : protocol.substr(kPrefix.size());
}
/// That of the request's connection.
inline std::string_view tls_version(request_rec* r) {
  return tls_version(tls_variable(r, "SSL_PROTOCOL"));
}

}  // namespace certmap
