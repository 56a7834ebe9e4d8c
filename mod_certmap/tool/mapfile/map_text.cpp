#include "tool/mapfile/map_text.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

#include "core/live/descriptor.h"
#include "core/text/visible.h"
#include "tool/command.h"
#include "tool/input_file.h"

namespace certmap {
MapText read_map_text(const std::string& path) {
  if (path == "-") return {read_all(STDIN_FILENO, "standard input"), {}};
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status {};
  if (file.get() < 0 || fstat(file.get(), &status) != 0) throw_errno("read " + visible(path));
  if (!S_ISREG(status.st_mode))
    throw ToolError(visible(path) + " is not a regular file; name a map file");
  return {read_all(file.get(), visible(path)), status};
}

void throw_errno(const std::string& what, const std::string& then) {
  const auto why = std::generic_category().message(errno);
  throw ToolError("cannot " + what + ": " + why + (then.empty() ? "" : "; " + then));
}

}  // namespace certmap
