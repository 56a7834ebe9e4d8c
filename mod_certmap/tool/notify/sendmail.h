// Sending through the program that every mail server has as "sendmail".
#pragma once

#include <optional>
#include <string>

namespace certmap {

class Sendmail {
 public:
  /// `path` is run without a shell as `path -i -f from -- address`. Throws ToolError where it is no
  /// program.
  Sendmail(std::string path, std::string from);

  /// Why the program, which has ended, did not take the message; empty: it did, because it ended
  /// with status 0 within 60 seconds.
  std::optional<std::string> send(const std::string& address, const std::string& message) const;

 private:
  std::string path_, from_;
};

}  // namespace certmap
