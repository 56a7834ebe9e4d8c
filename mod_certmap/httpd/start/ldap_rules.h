// Rules with CertMapLDAPURL, once the whole configuration has been read.
#pragma once

#include "httpd/config/config.h"

namespace certmap {

/// Gives these rules their source, in check_config(). Reports what is wrong, and returns false
/// then.
bool complete_ldap_rules(Configuration& configuration, server_rec* main_server);

}  // namespace certmap
