#include "httpd/page.h"

namespace certmap {}  // namespace certmap
