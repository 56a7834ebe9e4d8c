// Which file it is and in which state, and when a changed one may be read: docs/map-file.md, "Live
// reload".
#pragma once

#include <chrono>
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

enum class FileChange { None, Settling, Ready };

/// One process's looks at one file; its owner lets in one thread at a time. It trusts its own clock
/// only: that of a file server may be another.
class FileRest {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  /// `tried`: the state that some process read last.
  FileChange look(const FileStamp& file, const FileStamp& tried, Moment now);
  /// Asked of the file that was opened after a look found it ready. One that is replaced faster
  /// than it can rest under its name is given its rest here: who reads it then checks that it did
  /// not change while it was open.
  bool may_read(const FileStamp& opened, const FileStamp& tried, Moment now);
  /// True where the file was seen to be written to since it was read last.
  bool is_being_written() const { return written_; }

 private:
  void note(const FileStamp& file, const FileStamp& tried, Moment now);

  bool pending_ = false;  ///< it is not as it was tried
  bool written_ = false;  ///< while pending, two looks saw the same file in two states
  bool hurried_ = false;  ///< ready only because it was replaced again and again
  FileStamp tried_, seen_;
  Moment pending_since_;  ///< or since it was last seen to be written to
  Moment seen_since_;
};

/// True where the file was at rest for a second before the last change of what the file system
/// knows of it, as one that was written at leisure and then renamed. A time of its content that is
/// older than the file itself was set by hand, and says nothing.
bool was_at_rest(const FileStamp& file);

}  // namespace certmap
