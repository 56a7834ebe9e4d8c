// A small file that is named on the command line.
#pragma once

#include <cstddef>
#include <string>

namespace certmap {

inline constexpr std::size_t kMaxInput = 1024 * 1024;  ///< bytes

/// What the file holds; `path` "-" is standard input. Throws ToolError, also for more than
/// kMaxInput bytes.
std::string read_input(const std::string& path);

}  // namespace certmap
