// The operator's page for people.
#pragma once

#include <string>

#include "httpd/status/measures.h"

namespace certmap {

std::string status_html(const Measures& measures);

}  // namespace certmap
