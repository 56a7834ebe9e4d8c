// SetHandler certmap-whoami: the visitor's page (docs/tools.md).
#pragma once

#include "httpd/apache.h"

namespace certmap {

/// Hook: the page for requests with that handler.
int whoami(request_rec* r);

}  // namespace certmap
