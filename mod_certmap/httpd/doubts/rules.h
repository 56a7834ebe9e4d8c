// Rules that are right, and hardly meant. Called when the configuration was read, by `httpd -t` as
// well.
#pragma once

#include "httpd/base/apache.h"

namespace certmap {

/// Says which rule maps certificates of any CA, names a CA that has expired, or has LDAP lines that
/// are not used.
void doubt_rules(server_rec* main_server);

}  // namespace certmap
