// A file as it was when the configuration was read, under a path that libldap can open later:
// httpd's children may not read keys, and what is on disk may have changed.
#pragma once

#include <string>

namespace certmap {

class MemoryFile {
 public:
  /// Reads the file. Throws ConfigError.
  explicit MemoryFile(const std::string& path);
  ~MemoryFile();
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  const std::string& content() const { return content_; }
  /// "/proc/self/fd/N", valid in this process and those that it forks, not in programs they run.
  std::string path() const;

 private:
  std::string content_;
  int memfd_ = -1;
};

}  // namespace certmap
