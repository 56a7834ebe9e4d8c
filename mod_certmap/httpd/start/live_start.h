// Map files and CRLs, read when the configuration was.
#pragma once

#include "httpd/config/config.h"

namespace certmap {

/// Reads each file of a rule, in check_config(), and reports what is wrong with it. Returns false
/// where httpd must not start; over a restart the last good state stays in force.
bool read_live_files(Configuration& configuration, server_rec* main_server);

}  // namespace certmap
