// The lines of a log that may be compressed by gzip.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace certmap {

inline constexpr std::size_t kLongestLogLine = 64 * 1024;

/// Calls `line` with each line of `path` ("-": standard input) and its number, counted from 1. Of a
/// line that is longer than kLongestLogLine only the beginning is given. Throws ToolError.
void for_each_log_line(const std::string& path,
                       const std::function<void(std::string_view, std::size_t)>& line);

}  // namespace certmap
