// One connection to one LDAP server, by libldap. Used by one thread at a time, and opened by the
// process that uses it.
#pragma once

#include <ldap.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ldap/config/settings.h"
#include "ldap/wire/failure.h"
#include "ldap/wire/handle.h"

namespace certmap {

struct SearchRequest {
  std::string base;
  int scope = LDAP_SCOPE_SUBTREE;
  std::string filter;
  std::vector<std::string> attributes;
};

struct Entry {
  std::string dn;  ///< for logs: clean text, cut where it is long
  /// Attribute descriptions as the server spells them, values octet for octet.
  std::vector<std::pair<std::string, std::vector<std::string>>> attributes;

  /// Values of the attribute: any case, with or without `;binary`. By that name only: a server may
  /// answer with another one of the same attribute's (Directory::check() says so).
  std::vector<std::string> values(const std::string& attribute) const;
};

struct SearchResult {
  std::vector<Entry> entries;  ///< at most two
  bool limited = false;        ///< the server stopped at the size limit: there are more
};

class LdapConnection {
 public:
  /// Connects, verifies the server, and binds. Options of the environment, ldap.conf and ldaprc,
  /// and libldap's global ones, do not matter. Throws LdapFailure.
  ///
  /// The deadline holds but for the look-up of a host name, which the system's resolver cannot be
  /// kept from: its own timeouts are in resolv.conf.
  /// `options` are those of `settings`, made once.
  LdapConnection(const DirectorySettings& settings, const LdapOptions& options,
                 const std::string& server, Deadline deadline);

  /// Never follows referrals, references or aliases. Throws LdapFailure.
  SearchResult search(const SearchRequest& request, Deadline deadline);

  /// False after a search that failed, unless the server itself ended it, and where more answers
  /// may be under way. Then it is of no more use.
  bool usable() const { return handle_ != nullptr; }

 private:
  std::unique_ptr<LdapHandle> handle_;
};

}  // namespace certmap
