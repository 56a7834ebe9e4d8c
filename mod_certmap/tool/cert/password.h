// The password of a PKCS#12 file.
#pragma once

#include <string>

namespace certmap {

/// The file's first line. Throws ToolError.
std::string password_of_file(const std::string& path);

/// Asks the terminal, without echo, for the password of the file that `name` says. Throws ToolError
/// where there is no terminal or no answer.
std::string ask_password(const std::string& name);

}  // namespace certmap
