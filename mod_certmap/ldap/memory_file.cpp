#include "ldap/memory_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "core/error.h"
#include "core/map_memory.h"

namespace certmap {
namespace {

// PEM files are small; a wrong path may name anything.
constexpr std::size_t kMaxSize = 16 << 20;

std::string error_text() { return std::generic_category().message(errno); }

// Without O_NONBLOCK a FIFO would wait for its writer.
int open_without_waiting(const std::string& path) {
  return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

void check_regular(const Descriptor& file, const std::string& path) {
  struct stat status = {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0)
    throw ConfigError("cannot read " + path + ": " + error_text());
  if (!S_ISREG(status.st_mode))
    throw ConfigError("cannot read " + path + ": it is no regular file; name a file");
}

std::string read_all(const std::string& path) {
  const Descriptor file(open_without_waiting(path));
  check_regular(file, path);
  std::string content;
  char buffer[16384];
  for (;;) {
    const auto count = ::read(file.get(), buffer, sizeof buffer);
    if (count == 0) return content;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw ConfigError("cannot read " + path + ": " + error_text());
    content.append(buffer, static_cast<std::size_t>(count));
    if (content.size() > kMaxSize)
      throw ConfigError("cannot read " + path + ": it is larger than 16 MiB; name a PEM file");
  }
}

bool write_all(int fd, const std::string& content) {
  for (std::size_t done = 0; done < content.size();) {
    const auto count = ::write(fd, content.data() + done, content.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    done += static_cast<std::size_t>(count);
  }
  return true;
}

}  // namespace

MemoryFile::MemoryFile(const std::string& path) : content_(read_all(path)) {
  constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  Descriptor memory(::memfd_create("certmap", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (memory.get() < 0 || !write_all(memory.get(), content_) ||
      ::fcntl(memory.get(), F_ADD_SEALS, kSeals) != 0)
    throw ConfigError("cannot keep " + path + " in memory: " + error_text());
  memfd_ = memory.release();
}

MemoryFile::~MemoryFile() { ::close(memfd_); }

std::string MemoryFile::path() const { return "/proc/self/fd/" + std::to_string(memfd_); }

}  // namespace certmap
