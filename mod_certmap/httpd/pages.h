// SetHandler certmap-whoami and certmap-status.
#pragma once

#include "httpd/base/apache.h"

namespace certmap {

/// Hook (handler).
int pages(request_rec* r);

}  // namespace certmap
