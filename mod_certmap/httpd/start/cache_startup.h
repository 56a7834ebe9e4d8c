// Puts CertMapCache in force.
#pragma once

#include "httpd/base/apache.h"

namespace certmap {

struct Configuration;

/// Names the cache's mutex for the directive Mutex, in pre_config.
void register_cache_mutex(apr_pool_t* pconf);
/// Makes mutex and cache in post_config. Returns false where httpd must not start.
bool start_cache(Configuration& configuration, apr_pool_t* pconf, server_rec* s);
/// Joins the mutex in child_init, and lets nothing wait for the cache when the child ends.
void join_cache(Configuration& configuration, apr_pool_t* pchild, server_rec* s);

}  // namespace certmap
