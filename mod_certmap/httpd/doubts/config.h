// What httpd takes as a configuration, and an administrator hardly meant.
#pragma once

#include "httpd/base/apache.h"

namespace certmap {

/// Reads the directive tree, when httpd starts, restarts or only tests. Reports what is doubtful at
/// any LogLevel, and returns false where something cannot stand.
bool check_doubts(server_rec* main_server);

}  // namespace certmap
