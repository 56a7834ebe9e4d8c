// A file, FIFO or device that audit lines are appended to.
#pragma once

#include <string>
#include <string_view>

namespace certmap {

/// A descriptor for append_line(), never blocking; a new file has mode 0640. A FIFO needs no
/// reader yet. Throws std::system_error.
int open_for_append(const std::string& path);

/// Looks, and creates nothing: 0, or the errno that open_for_append() would give.
int why_not_appendable(const std::string& path);

/// True for a file whose last line has no end.
bool ends_inside_line(const std::string& path);

/// Writes `prefix` and `line` by one system call. 0, or the errno that tells why not; `cut` where a
/// part of it is in the file nevertheless.
int append_line(int fd, std::string_view prefix, std::string_view line, bool& cut);

}  // namespace certmap
