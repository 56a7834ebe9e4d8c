// What clients' certificates are verified against: the files that mod_ssl's lines name.
#pragma once

#include <openssl/x509_vfy.h>

#include <map>
#include <string>
#include <vector>

#include "core/certificate/openssl_handle.h"
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

}  // namespace certmap
