// The operator's page: SetHandler certmap-status (docs/tools.md).
#pragma once

#include "httpd/apache.h"

namespace certmap {

/// Hook (handler).
int status(request_rec* r);

}  // namespace certmap
