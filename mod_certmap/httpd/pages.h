// SetHandler certmap-whoami and certmap-status.
#pragma once

#include "httpd/base/apache.h"

namespace certmap {

/// Hook (handler): answers requests for one of the two, and declines all others.
int pages(request_rec* r);

}  // namespace certmap
