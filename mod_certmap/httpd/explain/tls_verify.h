// A client's certificate verified as in a handshake.
#pragma once

#include <openssl/x509_vfy.h>

#include <memory>
#include <string>
#include <vector>

#include "core/certificate/certificate.h"
#include "httpd/explain/tls_trust.h"
#include "httpd/tree/held_lines.h"

namespace certmap {

using Others = std::vector<std::shared_ptr<X509>>;

struct Verification {
  int error = X509_V_OK;
  int depth = 0;
  std::string unreadable;   ///< the file that could not be read
  std::string subject;      ///< where it failed, the certificate that is not good,
  std::string issuer;       ///< and who signed it
  bool is_invalid = false;  ///< an extension of it does not decode: OpenSSL takes it for nobody's
  std::string list;         ///< the revocation list that was looked at
  std::vector<std::shared_ptr<X509>> chain;  ///< where it did not fail
};

/// True where no way was found to a CA that is trusted, which SSLVerifyClient optional_no_ca
/// forgives.
bool is_untrusted(int error);

/// Verifies as mod_ssl and OpenSSL do with the lines in force. `others` are CAs that the client
/// would send along.
Verification verify_as_tls(const HeldLines& lines, const Certificate& certificate,
                           const Others& others, const TlsTrust& trust);

}  // namespace certmap
