#include "tool/mapfile/map_text.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <system_error>

#include "core/map/memory.h"
#include "core/text/visible.h"
#include "tool/command.h"

namespace certmap {
namespace {

constexpr std::size_t kBlock = 1024 * 1024;

/// read(), because a mapped file that somebody shortens is SIGBUS.
std::string read_all(int descriptor, const std::string& path, std::size_t expected) {
  std::string text;
  for (std::size_t size = 0;;) {
    text.resize(size + (size < expected ? expected - size : 0) + kBlock);
    const ssize_t got = read(descriptor, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_errno("read " + visible(path));
    size += static_cast<std::size_t>(got);
    text.resize(size);
    if (got == 0) return text;
  }
}

}  // namespace

MapText read_map_text(const std::string& path) {
  if (path == "-") return {read_all(STDIN_FILENO, "standard input", 0), {}};
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status {};
  if (file.get() < 0 || fstat(file.get(), &status) != 0) throw_errno("read " + visible(path));
  if (!S_ISREG(status.st_mode))
    throw ToolError(visible(path) + " is not a regular file; name a map file");
  return {read_all(file.get(), path, static_cast<std::size_t>(status.st_size)), status};
}

void throw_errno(const std::string& what, const std::string& then) {
  const auto why = std::generic_category().message(errno);
  throw ToolError("cannot " + what + ": " + why + (then.empty() ? "" : "; " + then));
}

std::int64_t now_in_seconds() { return static_cast<std::int64_t>(std::time(nullptr)); }

}  // namespace certmap
