// CertMapTrial: what other rules would have decided, beside what was in force. Nothing else of a
// request changes (docs/directives.md).
#pragma once

#include "httpd/base/apache.h"

namespace certmap {

/// Hook (log_transaction): tries rules on a client's request, when it is over.
int try_rules(request_rec* r);

}  // namespace certmap
