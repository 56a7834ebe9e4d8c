// What goes on with directories outside of requests.
#pragma once

#include "httpd/config/config.h"

namespace certmap {

/// Tells audit log and error log of directories that stop and begin to answer; lets mod_watchdog
/// close idle connections in each child, and look at each directory once, in one child.
void watch_directories(Configuration& configuration, apr_pool_t* pconf, server_rec* main_server);

}  // namespace certmap
