// What httpd takes as a configuration, and an administrator hardly meant.
#pragma once

#include "httpd/base/apache.h"

namespace certmap {

/// Reads the directive tree. Says what is doubtful at any LogLevel, `httpd -t` as well; false: it
/// cannot stand.
bool check_doubts(server_rec* main_server);

}  // namespace certmap
