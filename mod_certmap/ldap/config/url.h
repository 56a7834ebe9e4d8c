// CertMapLDAPURL: which servers, what is searched there, and how it is protected on its way.
#pragma once

#include <string>
#include <vector>

namespace certmap {

enum class Security { Plain, StartTls, Ldaps, Local };
inline bool is_encrypted(Security security) {
  return security == Security::StartTls || security == Security::Ldaps;
}

/// The argument of CertMapLDAPURL, in the syntax of AuthLDAPURL: RFC 4516 with several hosts.
struct DirectoryUrl {
  /// One URL each, in order: "ldap://h:389", "ldapi://%2Frun%2Fldapi".
  std::vector<std::string> servers;
  Security security = Security::Plain;
  bool leaves_machine = false;  ///< some host is not loopback
  std::string base;
  int scope = 2;                        ///< LDAP_SCOPE_…; without a word, sub
  std::vector<std::string> attributes;  ///< the first is the account's; "uid" where none is named
  std::string filter;                   ///< with templates, percent-decoded
};

/// Reads `URL [NONE | SSL | TLS | STARTTLS]`. Throws ConfigError; plain LDAP to a host that is not
/// loopback needs NONE.
DirectoryUrl parse_directory_url(const std::vector<std::string>& words);

}  // namespace certmap
