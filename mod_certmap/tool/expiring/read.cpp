#include "tool/expiring/read.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <iostream>
#include <memory>
#include <string_view>

#include "core/text/visible.h"
#include "tool/command.h"

namespace certmap {
namespace {

/// Of a longer line only the beginning is read.
constexpr std::size_t kLongestLine = 64 * 1024;

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

/// Cuts what is read into lines for `events`; `lines` says what became of them.
class LineCutter {
 public:
  LineCutter(EventLines& events, LogLines& lines) : events_(events), lines_(lines) {}

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

 private:
  void keep(std::string_view octets) {
    begun_ += octets.substr(0, kLongestLine - std::min(begun_.size(), kLongestLine));
  }

  void finish() {
    events_.read_line(begun_, lines_);
    begun_.clear();
  }

  EventLines& events_;
  LogLines& lines_;
  std::string begun_;
};

/// zlib 1.3.2 forgets at the next read that the file ended too early.
void check_read(gzFile file, const std::string& path, std::size_t lines) {
  int error = Z_OK;
  std::string_view what = gzerror(file, &error);
  if (error == Z_OK || error == Z_STREAM_END) return;
  if (error == Z_ERRNO) cannot_read(path, std::strerror(errno));
  what.remove_prefix(what.find(' ') + 1);  // "<fd:3>: " is no name that a reader knows
  throw ToolError(path + " is damaged or cut off after line " + std::to_string(lines) + " (" +
                  std::string(what) + "); restore it or leave it out");
}

/// `path` "-" is standard input.
LogLines read_log(const std::string& path, EventLines& events) {
  const auto file = open_log(path);
  LogLines lines;
  LineCutter cutter(events, lines);
  std::vector<char> buffer(1 << 17);
  int length;
  do {
    length = gzread(file.get(), buffer.data(), static_cast<unsigned>(buffer.size()));
    if (length > 0) cutter.add({buffer.data(), static_cast<std::size_t>(length)});
    check_read(file.get(), path, lines.all);
  } while (length > 0);
  cutter.finish_last();
  return lines;
}

void say_others(const std::string& path, const LogLines& lines) {
  if (lines.others == 0) return;
  std::cerr << "certmapctl: " << visible(path) << ": " << lines.others
            << (lines.others == 1 ? " line is no audit event" : " lines are no audit events")
            << " and left out (the first is line " << lines.first_other
            << "); look at them where they should be some\n";
}

}  // namespace

void read_logs(const std::vector<std::string>& paths, EventLines& events) {
  LogLines all;
  for (const auto& path : paths) {
    const auto lines = read_log(path, events);
    say_others(path, lines);
    all.events += lines.events;
    all.others += lines.others;
  }
  if (all.events == 0 && all.others != 0)
    throw ToolError("there is no audit event in what was read; name the files of CertMapAuditLog");
}

}  // namespace certmap
