// Connecting within a deadline.
#pragma once

#include <string>

#include "ldap/wire/failure.h"

namespace certmap {

/// A connected socket, the caller's. `server` is a URL as in DirectorySettings; each address of a
/// host gets an equal share of what is left. Throws LdapFailure.
int connect_to(const std::string& server, Deadline deadline);

}  // namespace certmap
