// A map file that one process at a time changes, in one step.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>
#include <string_view>

#include "core/live/descriptor.h"
#include "core/live/stamp.h"

namespace certmap {

/// The new text is written to a file beside the old one, `.NAME.certmapctl`, which then takes its
/// place. That file is the lock as well: whoever holds it is the only writer, and a process that
/// ends, however it does, holds it no longer. What it leaves behind the next one uses.
class LockedMap {
 public:
  enum class Missing { IsError, IsEmpty };

  /// Waits a few seconds for another writer, then reads. A symbolic link is followed. Throws
  /// ToolError.
  LockedMap(const std::string& path, Missing missing);
  ~LockedMap();
  LockedMap(const LockedMap&) = delete;
  LockedMap& operator=(const LockedMap&) = delete;

  const std::string& text() const { return text_; }
  /// Empty where there is no file yet.
  const std::optional<struct stat>& status() const { return status_; }

  /// Puts `text` in the file's place, with its owner, group, mode, ACL and SELinux label; a new
  /// file gets mode 0644, less the umask. Throws ToolError; the old file is then as it was. Returns
  /// the mode.
  mode_t replace(std::string_view text);

 private:
  void lock();
  bool try_to_lock();
  void read(Missing missing);
  void write(std::string_view text) const;
  mode_t take_over_rights() const;
  void check_unchanged() const;

  std::string path_;      ///< without symbolic links
  std::string shown_;     ///< as it was named
  std::string new_path_;  ///< of the file beside it
  std::optional<Descriptor> new_file_;
  std::string text_;
  std::optional<struct stat> status_;
  FileStamp stamp_{};
};

}  // namespace certmap
