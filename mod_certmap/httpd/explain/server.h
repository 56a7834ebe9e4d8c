// Which virtual host is meant.
#pragma once

#include <string>

#include "httpd/base/apache.h"

namespace certmap {

/// Chooses by `name` (NAME or NAME:PORT, compared as httpd does); without one, the only server that
/// asks for certificates and has rules in use. Throws ConfigError, whose sentence lists the names
/// there are.
server_rec* choose_server(server_rec* main_server, const std::string& name);

/// NAME:PORT
std::string name_of(const server_rec* s);

}  // namespace certmap
