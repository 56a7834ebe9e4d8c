// Something that an administrator wrote cannot be used.
#pragma once

#include <stdexcept>
#include <string>

namespace certmap {

/// what() is a sentence for the administrator: what is wrong, and what to write instead.
/// Thrown while configuration, map files, or files to import are read; never while a request is
/// decided.
class ConfigError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace certmap
