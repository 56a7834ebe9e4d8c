// Require certmap-rule, certmap-group, certmap-strength.
#pragma once

#include "httpd/base/apache.h"

namespace certmap {

/// Hands the three over to mod_authz_core, when the module registers its hooks.
void register_require_providers(apr_pool_t* pool);

}  // namespace certmap
