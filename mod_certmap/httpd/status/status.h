// The operator's page: SetHandler certmap-status (docs/tools.md).
#pragma once

#include "httpd/base/apache.h"

namespace certmap {

/// Answers the request.
int status(request_rec* r);

}  // namespace certmap
