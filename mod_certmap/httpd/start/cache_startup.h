// Puts CertMapCache in force.
#pragma once

#include "httpd/base/apache.h"

namespace certmap {

struct Configuration;

/// In pre_config.
void register_cache_mutex(apr_pool_t* pconf);
/// In post_config: false where httpd must not start.
bool start_cache(Configuration& configuration, apr_pool_t* pconf, server_rec* s);
/// In child_init.
void join_cache(Configuration& configuration, apr_pool_t* pchild, server_rec* s);

}  // namespace certmap
