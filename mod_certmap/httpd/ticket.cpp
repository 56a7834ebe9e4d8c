#include "httpd/ticket.h"

#include <openssl/x509.h>

namespace certmap {
namespace {

bool is_out_of_time(SSL_SESSION* session) {
  const X509* peer = session ? SSL_SESSION_get0_peer(session) : nullptr;
  return peer && (X509_cmp_current_time(X509_get0_notAfter(peer)) < 0 ||
                  X509_cmp_current_time(X509_get0_notBefore(peer)) > 0);
}

/// SSL_CTX_decrypt_session_ticket_fn; answers as OpenSSL does by itself, but for the certificate.
SSL_TICKET_RETURN decide(SSL*, SSL_SESSION* session, const unsigned char*, std::size_t,
                         SSL_TICKET_STATUS status, void*) noexcept {
  const bool opened = status == SSL_TICKET_SUCCESS || status == SSL_TICKET_SUCCESS_RENEW;
  if (!opened || is_out_of_time(session)) return SSL_TICKET_RETURN_IGNORE_RENEW;
  return status == SSL_TICKET_SUCCESS ? SSL_TICKET_RETURN_USE : SSL_TICKET_RETURN_USE_RENEW;
}

}  // namespace

int note_tls_context(server_rec* s, apr_pool_t*, int is_proxy, SSL_CTX* context) {
  if (!is_proxy) server_config(s).configuration->tls_contexts.push_back(context);
  return OK;
}

void look_at_tickets(const Configuration& configuration) {
  for (auto* context : configuration.tls_contexts)
    SSL_CTX_set_session_ticket_cb(context, nullptr, decide, nullptr);
}

}  // namespace certmap
