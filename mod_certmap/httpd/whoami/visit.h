// What the visitor's page knows: who asks, and what was decided about them or their refused
// request.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "httpd/request/connection.h"

namespace certmap {

enum class Standing {
  SignedIn,           ///< by the certificate
  SignedInOtherwise,  ///< httpd has a user, but not from the certificate
  NotAllowed,         ///< signed in; Require refused the request
  PasswordNeeded,     ///< the certificate is the first of two factors
  OtherWay,           ///< left to the AuthType, which has let nobody in yet
  Refused,            ///< by the reason
  NotRecorded,        ///< refused, because the audit log could not be written
  Misconfigured,      ///< no decision can be made here
  RefusedElsewhere,   ///< the request was refused before CertMap was asked
  NoRules,            ///< CertMap is not in force here
};
/// "signed_in", …
std::string_view word(Standing standing);

/// What one page says; its views point into request and server.
struct Visit {
  Standing standing = Standing::NoRules;
  Reason reason = Reason::NoCertificate;
  std::shared_ptr<const Certificate> certificate;  ///< null: none was sent
  std::shared_ptr<const Decision> decision;        ///< never null
  std::string account;       ///< the user, or whom the certificate maps to; empty: neither
  bool rules = false;        ///< rules are in force: `reason` is theirs
  bool password = false;     ///< signed in by certificate and password
  bool is_error = false;     ///< this is the ErrorDocument of another request
  int status = 0;            ///< that the client gets
  std::string_view tls;      ///< "1.3"; empty: no TLS
  bool silent = false;       ///< the TLS module tells nothing of a certificate
  bool asked = true;         ///< false: the server asked for no certificate
  std::int64_t time = 0;     ///< of the request, seconds since 1970
  std::string_view host;     ///< that the client asked for
  std::string path;          ///< of the request, without its query; cut
  std::string_view contact;  ///< ServerAdmin: mail address or URL; empty: nobody is named
  Event event;               ///< the audit event that tells of this visit
  std::string request_id;    ///< of that event; without one, this request's; empty: there is none
};

/// Decides without enforcing where that has not been done yet. Writes no audit event.
Visit visit_of(request_rec* r);

/// True where the decision's account, rule, strength and groups are the visitor's.
bool is_mapped(const Visit& visit);
/// Whole days to the end of the certificate, rounded down; empty without a readable certificate.
std::optional<std::int64_t> days_left(const Visit& visit);
/// True where the certificate is valid, but for 30 days or less and less than a third of its life.
bool expires_soon(const Visit& visit);

}  // namespace certmap
