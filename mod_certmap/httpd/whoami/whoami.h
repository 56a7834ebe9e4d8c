// SetHandler certmap-whoami: the visitor's page (docs/tools.md).
#pragma once

#include "httpd/base/apache.h"

namespace certmap {

/// Answers the request.
int whoami(request_rec* r);

}  // namespace certmap
