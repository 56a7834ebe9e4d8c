// What a file has besides owner and mode.
#pragma once

#include <string>

namespace certmap {

/// Gives `file` the ACL, the SELinux label and the user attributes of the file at `from`. Throws
/// ToolError where the ACL cannot be kept.
void copy_extended_attributes(const std::string& from, int file);

}  // namespace certmap
