// Live reload of map files: every child looks, one reads.
#pragma once

#include "httpd/config/config.h"

namespace certmap {

/// Starts watching, in post_config(); reports at start-up for which files, and why, it cannot.
void watch_map_files(Configuration& configuration, apr_pool_t* pconf, server_rec* s);

/// For `httpd -t`: reports the same, and starts nothing.
void check_map_watch(const Configuration& configuration, const server_rec* s);

/// Writes audit event and error-log lines of a map file that was read while the server runs.
void report_reload(const Configuration& configuration, const MapFile& file, const MapLoad& load,
                   server_rec* s);

}  // namespace certmap
