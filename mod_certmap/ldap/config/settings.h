// How a directory is reached. Rules with equal settings share connections. Nobody changes them once
// the configuration is read.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "ldap/config/config_file.h"
#include "ldap/config/url.h"

namespace certmap {

struct DirectorySettings {
  std::vector<std::string> servers;  ///< as in DirectoryUrl
  Security security = Security::Plain;
  std::string bind_dn;  ///< empty: anonymous, or SASL EXTERNAL where there is a client certificate
  std::string bind_password;             ///< never logged
  std::shared_ptr<const ConfigFile> ca;  ///< PEM; set where security is StartTls or Ldaps
  std::shared_ptr<const ConfigFile> client_certificate, client_key;  ///< both or none
  std::chrono::seconds timeout{3};                                   ///< of a whole lookup
  int connections = 8;                                               ///< of one process

  bool operator==(const DirectorySettings&) const = default;
};

}  // namespace certmap
