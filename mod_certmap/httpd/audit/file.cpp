#include "httpd/audit/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "core/live/descriptor.h"

namespace certmap {
namespace {

constexpr int kFlags = O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
constexpr mode_t kMode = 0640;

bool is_fifo(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && S_ISFIFO(status.st_mode);
}

/// A FIFO opens for writing only while it has a reader, so be that for a moment. Later a write
/// without a reader fails (EPIPE), and one to a reader that came back works.
int open_fifo(const std::string& path) {
  const int reader = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (reader < 0) return -1;
  const int fd = open(path.c_str(), kFlags, kMode);
  const int error = errno;
  close(reader);
  errno = error;
  return fd;
}

/// True for a file that was deleted: nobody would ever read what is written to it.
bool is_deleted(int fd) {
  struct stat status {};
  return fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_nlink == 0;
}

}  // namespace

int open_for_append(const std::string& path) {
  const int fd = is_fifo(path) ? open_fifo(path) : open(path.c_str(), kFlags, kMode);
  if (fd < 0) throw std::system_error(errno, std::system_category(), path);
  return fd;
}

int why_not_appendable(const std::string& path) {
  const auto may = [](const std::string& name, int mode) {
    return faccessat(AT_FDCWD, name.c_str(), mode, AT_EACCESS) == 0 ? 0 : errno;
  };
  struct stat status {};
  if (stat(path.c_str(), &status) == 0)
    return S_ISDIR(status.st_mode) ? EISDIR : may(path, is_fifo(path) ? R_OK | W_OK : W_OK);
  if (errno != ENOENT) return errno;
  const auto folder = std::filesystem::path(path).parent_path().string();
  if (stat(folder.c_str(), &status) == 0 && !S_ISDIR(status.st_mode)) return ENOTDIR;
  return may(folder, W_OK | X_OK);
}

bool ends_inside_line(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  struct stat status {};
  char last = '\n';
  return fstat(file.get(), &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0 &&
         pread(file.get(), &last, 1, status.st_size - 1) == 1 && last != '\n';
}

int append_line(int fd, std::string_view prefix, std::string_view line, bool& cut) {
  if (is_deleted(fd)) return ENOENT;
  iovec parts[] = {{const_cast<char*>(prefix.data()), prefix.size()},
                   {const_cast<char*>(line.data()), line.size()}};
  ssize_t written = 0;
  do {
    written = writev(fd, parts, 2);
  } while (written < 0 && errno == EINTR);
  if (written < 0) return errno;
  if (written == static_cast<ssize_t>(prefix.size() + line.size())) return 0;
  cut = written > 0;
  return ENOSPC;
}

}  // namespace certmap
