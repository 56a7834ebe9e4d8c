// A secret in a file of its own.
#pragma once

#include <string>

namespace certmap {

/// Reads the file, without one line end at its end. It must belong to root or to the user who
/// starts httpd, be written by nobody else, and not be read by all. Throws ConfigError.
std::string read_secret_file(const std::string& path);

}  // namespace certmap
