// The one exception of this project: something the administrator wrote cannot be used.
#pragma once

#include <stdexcept>
#include <string>

namespace certmap {

/// what() is a sentence for the administrator: what is wrong, and what to write instead.
/// Thrown only while configuration or map files are read, never while a request is decided.
class ConfigError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace certmap
