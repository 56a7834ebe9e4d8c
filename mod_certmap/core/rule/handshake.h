// What a TLS handshake has verified already.
#pragma once

#include <openssl/ssl.h>

#include <memory>

namespace certmap {

/// The CA that issued `peer`, the client's certificate of this connection, on the path that the
/// handshake verified; null where that cannot be said: the session was resumed, the path is that of
/// an earlier certificate, or the verdict is not OK. Where a verification callback lets
/// certificates pass in spite of an error (optional_no_ca), nobody may ask: it can set the verdict.
std::shared_ptr<X509> issuer_in_handshake(const SSL* ssl, const X509* peer);

}  // namespace certmap
