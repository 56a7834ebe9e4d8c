// Messages of start and restart that must be seen whatever LogLevel says.
#pragma once

#include <string>

#include "httpd/base/apache.h"

namespace certmap {

/// Without time stamp, and on the terminal of `httpd -t`.
void say(const server_rec* s, const std::string& text);

}  // namespace certmap
