// All that is to be said about one map file: what lint prints.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace certmap {

struct MapReport {
  /// `PATH:LINE: what is wrong` and `PATH:LINE: warning: …`, in the order of lines.
  std::vector<std::string> lines;
  std::size_t entries = 0, errors = 0, warnings = 0;
};

/// Reads `text` as the server would. `now` is in seconds since 1970; entries that expire within
/// `days` are warned of.
MapReport report_on_map(std::string_view path, std::string_view text, std::int64_t now,
                        std::int64_t days);

}  // namespace certmap
