// Sending through the program that every mail server has as "sendmail".
#pragma once

#include <string>

namespace certmap {

class Sendmail {
 public:
  /// `path` is run without a shell as `path -i -f from -- address`. Throws ToolError where it is no
  /// program.
  Sendmail(std::string path, std::string from);

  /// True where the program took the message: it ended with status 0 within 60 seconds. Otherwise
  /// `why` says what happened, and the program is ended.
  bool send(const std::string& address, const std::string& message, std::string& why) const;

 private:
  std::string path_, from_;
};

}  // namespace certmap
