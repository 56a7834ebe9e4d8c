// Which mails notify has sent: a line `SHA256 THRESHOLD` for each, without names.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/live/descriptor.h"

namespace certmap {

/// Lines are only added. A line that a crash left unfinished does not count: its mail is sent once
/// more.
class NotifyState {
 public:
  enum class Use {
    Keep,  ///< makes the file (mode 0600) where there is none, and locks it until this ends
    Look,  ///< changes nothing; a file that is not there is empty. add() is not to be called
  };
  /// Throws ToolError, also where another process has the lock, or a line is not of this form.
  NotifyState(const std::string& path, Use use);
  ~NotifyState();
  NotifyState(const NotifyState&) = delete;
  NotifyState& operator=(const NotifyState&) = delete;

  /// True where this threshold of the certificate, or a smaller one, was sent.
  bool has(const std::string& sha256, int threshold) const;
  /// Makes room for what add() will note of `mails` that are sent next, so that no full disk lets
  /// them be sent again. Throws ToolError.
  void reserve(std::size_t mails);
  /// Notes that mail; it is on the disk when this returns. Throws ToolError.
  void add(const std::string& sha256, int threshold);

 private:
  void lock() const;
  void write_at_end(std::string_view text) const;
  void read(std::string_view text);
  void read_line(std::string_view line, std::size_t number);

  std::string path_;
  Descriptor file_;
  bool is_kept_ = false;
  off_t end_ = 0;                                  ///< of the lines; behind it is what was reserved
  std::unordered_map<std::string, int> smallest_;  ///< threshold by certificate
};

}  // namespace certmap
