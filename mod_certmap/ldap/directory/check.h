// What can be found out about a directory before anything is searched in it. Answers are sentences
// without their subject, the server. Nothing is thrown where it does not answer.
#pragma once

#include <string>
#include <vector>

#include "ldap/wire/connection.h"

namespace certmap {

/// Why nothing can be searched at `base`; empty where it is there.
std::string check_base(LdapConnection& connection, const std::string& base, Deadline deadline);

/// Sentences about attributes that the server's schema does not have, or calls by another name.
/// Where the schema cannot be read there is nothing to say.
std::vector<std::string> check_attributes(LdapConnection& connection,
                                          const std::vector<std::string>& requested,
                                          const std::vector<std::string>& compared,
                                          Deadline deadline);

}  // namespace certmap
