// A file that a line names, as it was when the configuration was read: later changes of it, and of
// who may read it, do not matter.
#pragma once

#include <sys/types.h>

#include <string>

namespace certmap {

struct ConfigFile {
  std::string path;
  std::string content;
  uid_t owner = 0;
  mode_t mode = 0;
};

/// Reads a regular file of at most 16 MiB. Throws ConfigError.
ConfigFile read_config_file(const std::string& path);

}  // namespace certmap
