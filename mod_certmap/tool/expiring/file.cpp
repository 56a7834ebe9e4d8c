#include "tool/expiring/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "tool/command.h"

namespace certmap {
namespace {

using GzipFile = std::unique_ptr<gzFile_s, decltype([](gzFile file) { gzclose(file); })>;

[[noreturn]] void cannot_read(const std::string& path, const std::string& why) {
  throw ToolError("cannot read " + path + ": " + why + "; give it audit logs that you may read");
}

GzipFile open_log(const std::string& path) {
  const int descriptor = path == "-" ? dup(STDIN_FILENO) : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (descriptor < 0 || fstat(descriptor, &status) != 0) cannot_read(path, std::strerror(errno));
  GzipFile file(gzdopen(descriptor, "rb"));
  if (!file) close(descriptor), cannot_read(path, "out of memory");
  if (S_ISDIR(status.st_mode)) cannot_read(path, std::strerror(EISDIR));
  gzbuffer(file.get(), 1 << 17);
  return file;
}

/// Cuts what is read into lines.
class LineCutter {
 public:
  explicit LineCutter(const std::function<void(std::string_view, std::size_t)>& line)
      : line_(line) {}

  void add(std::string_view octets) {
    while (!octets.empty()) {
      const auto end = octets.find('\n');
      keep(octets.substr(0, end));
      if (end == octets.npos) return;
      finish();
      octets.remove_prefix(end + 1);
    }
  }

  /// The last line may have no end.
  void finish_last() {
    if (!begun_.empty()) finish();
  }

  std::size_t count() const { return count_; }

 private:
  void keep(std::string_view octets) {
    begun_ += octets.substr(0, kLongestLogLine - std::min(begun_.size(), kLongestLogLine));
  }

  void finish() {
    line_(begun_, ++count_);
    begun_.clear();
  }

  const std::function<void(std::string_view, std::size_t)>& line_;
  std::string begun_;
  std::size_t count_ = 0;
};

/// zlib 1.3.2 forgets at the next read that the file ended too early.
void check_read(gzFile file, const std::string& path, std::size_t lines) {
  int error = Z_OK;
  const char* what = gzerror(file, &error);
  if (error == Z_OK || error == Z_STREAM_END) return;
  if (error == Z_ERRNO) cannot_read(path, std::strerror(errno));
  throw ToolError(path + " is damaged or cut off after line " + std::to_string(lines) + " (" +
                  what + "); restore it or leave it out");
}

}  // namespace

void for_each_log_line(const std::string& path,
                       const std::function<void(std::string_view, std::size_t)>& line) {
  const auto file = open_log(path);
  LineCutter cutter(line);
  std::vector<char> buffer(1 << 17);
  int length;
  do {
    length = gzread(file.get(), buffer.data(), static_cast<unsigned>(buffer.size()));
    if (length > 0) cutter.add({buffer.data(), static_cast<std::size_t>(length)});
    check_read(file.get(), path, cutter.count());
  } while (length > 0);
  cutter.finish_last();
}

}  // namespace certmap
