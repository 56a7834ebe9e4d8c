// A secret that a program prints.
#pragma once

#include <string>

#include "httpd/base/apache.h"

namespace certmap {

/// The first line that the command prints. Throws ConfigError where it cannot be run, fails, or
/// prints nothing.
std::string first_line_of_program(cmd_parms* cmd, const std::string& command);

}  // namespace certmap
