#include "core/rule/handshake.h"

#include <openssl/x509_vfy.h>

#include "core/certificate/openssl_der.h"

namespace certmap {

/// The path stays with the connection, whatever comes: a handshake without a certificate and one
/// that resumes a session leave it as it was. It holds its first certificate, so that no other can
/// have its address.
std::shared_ptr<X509> issuer_in_handshake(const SSL* ssl, const X509* peer) {
  const auto* path = SSL_get0_verified_chain(ssl);
  const bool is_its_path =
      path != nullptr && sk_X509_num(path) > 1 && sk_X509_value(path, 0) == peer;
  if (!is_its_path || SSL_session_reused(ssl) != 0 || SSL_get_verify_result(ssl) != X509_V_OK)
    return nullptr;
  return shared(sk_X509_value(path, 1));
}

}  // namespace certmap
