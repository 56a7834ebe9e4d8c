// A map file as it lies on the disk.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <optional>
#include <string>

namespace certmap {

struct MapText {
  std::string text;
  std::optional<struct stat> status;  ///< empty for standard input
};

/// Reads the file; `path` "-" is standard input. Throws ToolError where it cannot be read, or is no
/// regular file.
MapText read_map_text(const std::string& path);

/// Throws ToolError for the error in errno: "cannot WHAT: why; what to do".
[[noreturn]] void throw_errno(const std::string& what, const std::string& then = {});

}  // namespace certmap
