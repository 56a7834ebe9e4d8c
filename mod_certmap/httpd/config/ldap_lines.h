// CertMapLDAP… as they are written: in a rule, or in server config as defaults for rules.
// Only the process that reads the configuration calls these functions.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "httpd/base/apache.h"
#include "ldap/config/config_file.h"
#include "ldap/config/filter.h"
#include "ldap/config/url.h"

namespace certmap {

/// The lines of one rule or server; what was not written is empty.
struct LdapLines {
  std::optional<std::string> bind_dn;  ///< empty text: anonymous
  std::optional<std::string> bind_password;
  std::shared_ptr<const ConfigFile> ca;
  std::shared_ptr<const ConfigFile> client_certificate, client_key;
  std::optional<int> timeout;  ///< seconds
  std::optional<bool> verify_certificate;
  std::optional<std::string> groups;
  std::optional<int> connections;

  /// These lines, and those of `defaults` where there is none. How to bind is one choice: DN,
  /// password, client certificate and key are taken together.
  LdapLines over(const LdapLines& defaults) const;
};

/// What a rule with CertMapLDAPURL leaves behind until all defaults are known.
struct LdapRule {
  DirectoryUrl url;
  LdapLines lines;
  std::optional<Filter> filter;
};

/// Files that the lines name, each read once.
using ConfigFiles = std::map<std::string, std::shared_ptr<const ConfigFile>>;

/// True for the directives of LdapLines.
bool is_ldap_line(const char* directive);
/// Takes the words of one line into `lines`. Throws ConfigError.
void read_ldap_line(LdapLines& lines, cmd_parms* cmd, const char* directive,
                    const std::vector<std::string>& words);
/// Reads the arguments of CertMapLDAPURL. Throws ConfigError.
DirectoryUrl read_ldap_url(const std::vector<std::string>& words);
/// The directive handler of defaults.
const char* set_ldap_default(cmd_parms* cmd, void*, const char* args);

}  // namespace certmap
