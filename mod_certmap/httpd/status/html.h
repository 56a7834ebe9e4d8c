// The operator's page for people.
#pragma once

#include <string>

#include "httpd/status/facts.h"

namespace certmap {

std::string status_html(const StatusFacts& facts);

}  // namespace certmap
