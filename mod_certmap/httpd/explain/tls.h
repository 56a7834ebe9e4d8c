// What mod_ssl would say of a client's certificate before mod_certmap sees it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/certificate/certificate.h"
#include "core/rule/mapper.h"
#include "httpd/explain/tls_verify.h"
#include "httpd/tree/held_lines.h"

namespace certmap {

struct TlsVerdict {
  enum class Outcome {
    Accepted,     ///< SSL_CLIENT_VERIFY is SUCCESS
    NotAsked,     ///< no TLS, or the client is not asked for a certificate
    NotVerified,  ///< optional_no_ca lets it pass unverified
    Refused,      ///< there is no HTTP answer at all
    Unknown,      ///< what mod_ssl verifies with cannot be read, or is not known
  };
  Outcome outcome = Outcome::Accepted;
  std::string why;                 ///< a sentence about everything but Accepted
  std::string but;                 ///< what else keeps clients out, or lets them in; empty: nothing
  std::vector<std::string> notes;  ///< the same, and what may differ
  std::vector<const ap_directive_t*> lines;  ///< those in force
  bool lacks_issuer = false;  ///< a CA above the certificate is not known, or not to this server
  std::string_view absence = absence::kNotSent;  ///< of the certificate, to a request; of NotAsked
};

/// Asks with the lines of SSL… in force. `others` are CAs that the client would send along. Throws
/// for lack of memory only.
TlsVerdict ask_tls(const HeldLines& lines, const Certificate& certificate,
                   const std::vector<std::shared_ptr<X509>>& others, TlsTrusts& trusts,
                   apr_pool_t* pool);

}  // namespace certmap
