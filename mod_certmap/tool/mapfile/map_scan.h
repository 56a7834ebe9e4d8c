// A map file as it lies on the disk, read as the server reads it by somebody who looks for a few
// keys in it.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/certificate/attribute.h"
#include "core/map/parser.h"

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

/// An entry that has one of the keys.
struct MapHit {
  std::uint32_t line = 0;
  Attribute kind;
  std::string key;  ///< its comparison key
  bool blocked = false;
  std::string account;  ///< empty where blocked
  std::vector<std::string> groups;
  std::int64_t expires = 0;  ///< as in MapEntry
};

/// Comparison keys that are looked for, by kind; asked once for each kind that the file uses.
using KeysOfKind = std::function<std::vector<std::string>(const Attribute& kind)>;

struct MapScan {
  std::vector<std::string> errors;  ///< as the server's log has them
  std::size_t error_count = 0;
  std::vector<MapKind> kinds;  ///< in the order in which they first stand in the file
  std::vector<MapHit> hits;    ///< in the order of lines
};

/// Reads the whole of `text`; `path` is what messages call it.
MapScan scan_map(std::string_view path, std::string_view text, const KeysOfKind& wanted);

/// Reads `line` as the next line of a file with `kinds`, to which it adds its own. Throws
/// ConfigError where the server would not take it.
MapHit read_map_line(std::string_view line, std::vector<MapKind>& kinds);

}  // namespace certmap
