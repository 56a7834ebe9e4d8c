// A file on its way into shared memory: how it is opened, and when it may be read.
#pragma once

#include <sys/stat.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "core/live/descriptor.h"
#include "core/live/stamp.h"

namespace certmap {

/// How long a load waits for a file that is being written: where there is nothing yet that could
/// stay in force, or something.
inline constexpr int kFirstAttempts = 40, kAttempts = 100;
inline constexpr std::chrono::milliseconds kBetweenAttempts{50};
/// When memory or descriptors were short, a file that has not changed is tried again.
inline constexpr std::chrono::seconds kRetryAfter{30};

/// A file that was opened to be read; nobody is waited for at the other end of a FIFO.
struct OpenedFile {
  explicit OpenedFile(const std::string& path);
  /// Descriptors or memory were short, which says nothing of the file.
  bool is_short() const;
  /// As a sentence that names the file; empty: it was opened.
  std::string error() const;

  const std::string path;
  Descriptor descriptor;
  int failure = 0;  ///< errno
  struct stat facts {};
  FileStamp stamp;  ///< of the path, where it was not opened
};

/// Over a restart: the file that was last `tried` is maybe being written to now. Another file that
/// was at rest before it came to its name is complete.
bool is_unsettled(const FileStamp& file, const FileStamp& tried);

/// A change in the tick of the clock in which the file was read would not be seen later.
void wait_for_next_tick(const FileStamp& file);

/// By the steady clock, for memory that processes share.
std::uint64_t number_of(std::chrono::steady_clock::time_point moment);

}  // namespace certmap
