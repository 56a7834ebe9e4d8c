// When a changed file may be read: docs/map-file.md, "Live reload".
#pragma once

#include <chrono>

#include "core/live/stamp.h"

namespace certmap {

enum class FileChange { None, Settling, Ready };

/// One process's looks at one file; its owner lets in one thread at a time. It trusts its own clock
/// only: that of a file server may be another.
class FileRest {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  /// `tried`: the state that some process read last.
  FileChange look(const FileStamp& file, const FileStamp& tried, Moment now);
  /// True where the file was seen to be written to since it was read last.
  bool is_being_written() const { return written_; }

 private:
  void note(const FileStamp& file, const FileStamp& tried, Moment now);

  bool pending_ = false;   ///< it is not as it was tried
  bool written_ = false;   ///< while pending, two looks saw the same file in two states
  bool replaced_ = false;  ///< while pending, the last change was another file
  FileStamp tried_, seen_;
  Moment pending_since_, seen_since_;
};

/// True where the file came to its name after it was complete: its content is older than the last
/// change of what the file system knows of it.
bool was_renamed(const FileStamp& file);

}  // namespace certmap
