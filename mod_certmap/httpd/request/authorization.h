// Require certmap-rule, certmap-group, certmap-strength.
#pragma once

#include "httpd/base/apache.h"

namespace certmap {

void register_require_providers(apr_pool_t* pool);

}  // namespace certmap
