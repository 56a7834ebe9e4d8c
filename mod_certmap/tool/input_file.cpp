#include "tool/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include "core/live/descriptor.h"
#include "tool/command.h"

namespace certmap {
namespace {

ToolError unreadable(const std::string& name) {
  const char* then = errno == EISDIR   ? "; name a file in it"
                     : errno == EACCES ? "; give it a file that you may read"
                                       : "";
  return ToolError("cannot read " + name + ": " + std::strerror(errno) + then);
}

[[noreturn]] void throw_too_large(const std::string& name, std::size_t most) {
  throw ToolError(name + (most == kMaxInput
                              ? " is larger than 1 MiB; name the file of one certificate"
                              : " is larger than 1 GiB; name a smaller file, a CRL must not be"));
}

}  // namespace

std::string read_all(int descriptor, const std::string& name, std::size_t most,
                     const Larger* larger) {
  std::string text;
  for (;;) {
    if (!read_octets(descriptor, most, text)) throw unreadable(name);
    if (text.size() <= most) return text;
    if (larger == nullptr || !larger->if_it(text)) throw_too_large(name, most);
    most = std::exchange(larger, nullptr)->most;
  }
}

std::string read_input(const std::string& path, std::size_t most, const Larger* larger) {
  if (path == "-") return read_all(STDIN_FILENO, "standard input", most, larger);
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  struct stat status {};
  if (file.get() < 0 || fstat(file.get(), &status) != 0) throw unreadable(path);
  const auto limit = larger != nullptr ? larger->most : most;
  if (S_ISREG(status.st_mode) && static_cast<std::uintmax_t>(status.st_size) > limit)
    throw_too_large(path, limit);
  return read_all(file.get(), path, most, larger);
}

}  // namespace certmap
