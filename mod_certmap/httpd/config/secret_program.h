// A secret that a program prints.
#pragma once

#include <string>

#include "httpd/base/apache.h"

namespace certmap {

/// Runs the command as the user who starts httpd, waits until it ends, and returns the first line
/// that it printed. Throws ConfigError where it cannot be run, fails, or prints nothing.
std::string first_line_of_program(cmd_parms* cmd, const std::string& command);

}  // namespace certmap
