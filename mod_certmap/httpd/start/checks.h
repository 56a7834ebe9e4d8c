// What can only be checked when the whole configuration was read.
#pragma once

#include "httpd/base/apache.h"

namespace certmap {

/// httpd's check_config hook, which `httpd -t` runs as well.
int check_config(apr_pool_t* pconf, apr_pool_t* plog, apr_pool_t* ptemp, server_rec* s);

}  // namespace certmap
