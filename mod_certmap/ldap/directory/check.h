// What can be found out about a directory before anything is searched in it.
#pragma once

#include <string>
#include <vector>

#include "ldap/wire/connection.h"

namespace certmap {

/// Sentences without their subject, the server.

/// Empty where the base is there.
std::string check_base(LdapConnection& connection, const std::string& base, Deadline deadline);

/// About attributes that the server's schema does not have, or calls by another name. Where the
/// schema cannot be read there is nothing to say.
std::vector<std::string> check_attributes(LdapConnection& connection,
                                          const std::vector<std::string>& requested,
                                          const std::vector<std::string>& compared,
                                          Deadline deadline);

}  // namespace certmap
