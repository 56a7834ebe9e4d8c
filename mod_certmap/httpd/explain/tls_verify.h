// A client's certificate verified as in a handshake, against the files that mod_ssl's lines name.
#pragma once

#include <openssl/x509_vfy.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/certificate/certificate.h"
#include "core/certificate/openssl_der.h"
#include "httpd/tree/held_lines.h"

namespace certmap {

struct TlsTrust {
  OpenSslHandle<X509_STORE> store;  ///< CAs and, where they are looked at, revocation lists
  std::string unreadable;           ///< the file that could not be read
  int security_level = 0;           ///< OpenSSL's, by which weak keys and digests are refused
};

/// Reads them as httpd does: once, however many questions are asked.
class TlsTrusts {
 public:
  /// That of the lines in force. Throws for lack of memory.
  const TlsTrust& of(const HeldLines& lines, apr_pool_t* pool);

 private:
  std::map<std::vector<std::string>, TlsTrust> all_;  ///< by what the lines say
};

using Others = std::vector<std::shared_ptr<X509>>;

struct Verification {
  int error = X509_V_OK;
  int depth = 0;
  std::string unreadable;   ///< the file that could not be read
  std::string subject;      ///< where it failed, the certificate that is not good,
  std::string issuer;       ///< and who signed it
  bool is_invalid = false;  ///< an extension of it does not decode: OpenSSL takes it for nobody's
  std::string namesake;  ///< why a trusted CA of the issuer's name is not it; empty: there is none
  std::string list;      ///< the revocation list that was looked at
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
