// The visitor's page (docs/tools.md) as HTML and as JSON.
#pragma once

#include <string>

#include "httpd/whoami/visit.h"

namespace certmap {

std::string html_of(const Visit& visit);
std::string json_of(const Visit& visit);

}  // namespace certmap
