// Live reload of map files and CRLs: every child looks, one reads.
#pragma once

#include "httpd/config/config.h"

namespace certmap {

/// Starts watching, in post_config(); reports at start-up for which files, and why, it cannot.
void watch_live_files(Configuration& configuration, apr_pool_t* pconf, server_rec* s);

/// For `httpd -t`: reports the same and what has run out, and starts nothing.
void check_watch(const Configuration& configuration, const server_rec* s);

/// Tells of what was read anew over a restart and, once for all processes, of what has run out.
void report_since_last_start(const Configuration& configuration, server_rec* s);

}  // namespace certmap
