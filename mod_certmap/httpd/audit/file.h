// Files, FIFOs and devices that audit lines are appended to. Any thread may call these functions,
// which keep nothing; the caller owns the descriptor.
#pragma once

#include <string>
#include <string_view>

namespace certmap {

/// Opens a descriptor for append_line() that never blocks. A new file has mode 0640, and a FIFO
/// needs no reader yet. Throws std::system_error.
int open_for_append(const std::string& path);

/// Returns 0, or the errno that open_for_append() would give; creates nothing.
int why_not_appendable(const std::string& path);

/// True for a file whose last line has no end.
bool ends_inside_line(const std::string& path);

/// Writes `prefix` and `line` by one system call. Returns 0, or the errno that tells why not; `cut`
/// becomes true where a part of them is in the file nevertheless.
int append_line(int fd, std::string_view prefix, std::string_view line, bool& cut);

}  // namespace certmap
