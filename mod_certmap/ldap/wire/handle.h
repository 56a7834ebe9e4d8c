// libldap's handle on a connection: made so that nothing but our settings matters, with TLS in
// place where it is asked for. Nothing but StartTLS was sent yet.
#pragma once

#include <ldap.h>

#include <memory>
#include <string>

#include "ldap/config/settings.h"
#include "ldap/wire/failure.h"
#include "ldap/wire/options.h"
#include "ldap/wire/socket.h"

namespace certmap {

struct LdapUnbind {
  void operator()(LDAP* handle) const { ldap_unbind_ext(handle, nullptr, nullptr); }
};

struct LdapMessageFree {
  void operator()(LDAPMessage* message) const { ldap_msgfree(message); }
};
using LdapMessage = std::unique_ptr<LDAPMessage, LdapMessageFree>;

struct LdapAnswer {
  int code = LDAP_SUCCESS;
  std::string text;  ///< the code's name, and what the server says of it
};

/// For one thread at a time, in the process that made it. Whatever throws, throws LdapFailure.
class LdapHandle {
 public:
  LdapHandle(Security security, const LdapOptions& options, const std::string& server,
             Deadline deadline);

  LDAP* get() const { return ldap_.get(); }
  Deadline deadline() const { return deadline_; }
  /// Holds for all that is done from now on.
  void set_deadline(Deadline deadline);

  /// Throws unless `code`, libldap's own, is LDAP_SUCCESS.
  void expect_sent(int code) const;
  /// The next message of the one request that is under way.
  LdapMessage receive(int message_id) const;
  /// The result of any operation.
  LdapAnswer read_answer(LDAPMessage* message) const;
  /// What to throw where the connection is of no more use: that, or that the deadline passed.
  LdapFailure failure(const std::string& what) const;

 private:
  void request_tls() const;
  void install_tls() const;

  Deadline deadline_;
  Socket socket_;
  std::unique_ptr<LDAP, LdapUnbind> ldap_;
};

}  // namespace certmap
