// An explanation for people, and for programs.
#pragma once

#include <string>

namespace certmap {

/// What certmapctl explain prints, and how it ends.
struct Explained {
  std::string text;
  int exit = 0;
};

/// `answer` is that of ask_httpd(). The first line is the answer; no control, format or
/// line-separator character of the certificate gets through. `as_json`: it is printed as JSON,
/// indented. Throws ToolError where it says that the question is none.
Explained read_explanation(const std::string& answer, bool as_json);

}  // namespace certmap
