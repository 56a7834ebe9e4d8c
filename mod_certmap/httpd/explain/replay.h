// certmapctl replay: the questions of certmapctl explain by the thousand, from standard input
// (core/explain/replay.h).
#pragma once

#include "httpd/base/apache.h"

namespace certmap {

/// Does nothing unless it was asked for. Writes nothing but its answers.
void replay(apr_pool_t* pconf, server_rec* main_server);

}  // namespace certmap
