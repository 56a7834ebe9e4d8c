// Which file it is, and in which state.
#pragma once

#include <cstdint>
#include <string>

namespace certmap {

/// Times are nanoseconds since 1970. Where the file cannot be looked at, only `error` is set.
struct FileStamp {
  std::uint64_t device = 0, inode = 0;
  std::uint64_t birth = 0;  ///< 0: the file system does not know; inode numbers are used again
  std::uint64_t size = 0;
  std::uint64_t mtime = 0, ctime = 0;
  std::uint64_t links = 0;
  std::uint64_t error = 0;

  bool operator==(const FileStamp&) const = default;
};

FileStamp stamp_of(int descriptor);
FileStamp stamp_of(const std::string& path);

/// True for the same file, though maybe with other content.
bool is_same_file(const FileStamp& one, const FileStamp& other);
/// True for the same file with the same content. Its name may have been given to another one in
/// between, which changes the number of links, and with it the ctime.
bool has_same_content(const FileStamp& before, const FileStamp& after);

}  // namespace certmap
