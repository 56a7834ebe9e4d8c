#include "ldap/config/config_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstddef>
#include <system_error>

#include "core/live/descriptor.h"
#include "core/text/error.h"

namespace certmap {
namespace {

// PEM files are small; a wrong path may name anything.
constexpr std::size_t kMaxSize = 16 << 20;

std::string error_text() { return std::generic_category().message(errno); }

// Without O_NONBLOCK a FIFO would wait for its writer.
int open_without_waiting(const std::string& path) {
  return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

struct stat check_regular(const Descriptor& file, const std::string& path) {
  struct stat status = {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0)
    throw ConfigError("cannot read " + path + ": " + error_text());
  if (!S_ISREG(status.st_mode))
    throw ConfigError("cannot read " + path + ": it is no regular file; name a file");
  return status;
}

std::string read_all(const Descriptor& file, const std::string& path) {
  std::string content;
  if (!read_octets(file.get(), kMaxSize, content))
    throw ConfigError("cannot read " + path + ": " + error_text());
  if (content.size() > kMaxSize)
    throw ConfigError("cannot read " + path + ": it is larger than 16 MiB; name another file");
  return content;
}

}  // namespace

ConfigFile read_config_file(const std::string& path) {
  const Descriptor file(open_without_waiting(path));
  const auto status = check_regular(file, path);
  return {path, read_all(file, path), status.st_uid, status.st_mode};
}

}  // namespace certmap
