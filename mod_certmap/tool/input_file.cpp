#include "tool/input_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/map/memory.h"
#include "tool/command.h"

namespace certmap {
namespace {

constexpr std::size_t kBlock = 256 * 1024;

ToolError unreadable(const std::string& name) {
  const char* then = errno == EISDIR   ? "; name a file in it"
                     : errno == EACCES ? "; give it a file that you may read"
                                       : "";
  return ToolError("cannot read " + name + ": " + std::strerror(errno) + then);
}

}  // namespace

std::string read_all(int descriptor, const std::string& name, std::size_t most) {
  std::string text;
  for (;;) {
    const auto size = text.size();
    text.resize(size + kBlock);
    const ssize_t got = read(descriptor, text.data() + size, kBlock);
    if (got < 0 && errno != EINTR) throw unreadable(name);
    text.resize(size + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) return text;
    if (text.size() > most)
      throw ToolError(name + " is larger than 1 MiB; name the file of one certificate");
  }
}

std::string read_input(const std::string& path, std::size_t most) {
  if (path == "-") return read_all(STDIN_FILENO, "standard input", most);
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (file.get() < 0) throw unreadable(path);
  return read_all(file.get(), path, most);
}

}  // namespace certmap
