// Files that are named on the command line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace certmap {

inline constexpr std::size_t kMaxInput = 1024 * 1024;  ///< octets of a file of one certificate
inline constexpr std::size_t kAnySize = static_cast<std::size_t>(-1);

/// Files that may be larger: such as begin so.
struct Larger {
  bool (*if_it)(std::string_view beginning);
  std::size_t most;
};

/// All that can be read there. Throws ToolError, which calls it `name`, also for more than `most`
/// octets.
std::string read_all(int descriptor, const std::string& name, std::size_t most = kAnySize,
                     const Larger* larger = nullptr);

/// What the file holds; `path` "-" is standard input. Throws ToolError, also for more than `most`
/// octets; of a regular file before it is read.
std::string read_input(const std::string& path, std::size_t most = kMaxInput,
                       const Larger* larger = nullptr);

}  // namespace certmap
