// The visitor's page as HTML and as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "httpd/whoami/visit.h"

namespace certmap {

std::string html_of(const Visit& visit);
nlohmann::ordered_json json_of(const Visit& visit);

}  // namespace certmap
