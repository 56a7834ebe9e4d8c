// The operator's page for people.
#pragma once

#include <string>

#include "httpd/status/measures.h"

namespace certmap {

/// A whole HTML document.
std::string status_html(const Measures& measures);

}  // namespace certmap
