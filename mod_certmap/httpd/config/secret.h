// Secrets that do not stand in the configuration itself. What is thrown is ConfigError.
#pragma once

#include <string>

#include "httpd/base/apache.h"

namespace certmap {

/// Reads the file, without one line end at its end. It must belong to root or to the user who
/// starts httpd, be written by nobody else, and not be read by all.
std::string read_secret_file(const std::string& path);

/// Runs the command as the user who starts httpd, waits until it ends, and returns the first line
/// that it printed. Throws where it cannot be run, fails, prints nothing, or does not end in 30
/// seconds, when it is killed.
std::string first_line_of_program(cmd_parms* cmd, const std::string& command);

}  // namespace certmap
