#include "tool/mapfile/extended_attributes.h"

#include <sys/types.h>
#include <sys/xattr.h>

#include <cstddef>
#include <string_view>

#include "core/text/visible.h"
#include "tool/mapfile/map_text.h"

namespace certmap {
namespace {

constexpr std::string_view kAcl = "system.posix_acl_access";
constexpr std::size_t kMost = 64 * 1024;  // xattr(7): of a list, and of a value

// Others ("security.ima", …) are about the content, or are not ours to copy.
bool is_copied(std::string_view name) {
  return name == kAcl || name == "security.selinux" || name.starts_with("user.");
}

}  // namespace

void copy_extended_attributes(const std::string& from, int file) {
  fremovexattr(file, kAcl.data());  // that of the folder's default
  std::string names(kMost, '\0'), value(kMost, '\0');
  const ssize_t length = listxattr(from.c_str(), names.data(), names.size());
  for (ssize_t at = 0; at < length;) {
    const std::string name = names.c_str() + at;
    at += static_cast<ssize_t>(name.size()) + 1;
    if (!is_copied(name)) continue;
    const ssize_t size = getxattr(from.c_str(), name.c_str(), value.data(), value.size());
    const bool done = size < 0 || fsetxattr(file, name.c_str(), value.data(),
                                            static_cast<std::size_t>(size), 0) == 0;
    if (!done && name == kAcl)
      throw_errno("keep the ACL of " + visible(from), "nothing was changed");
  }
}

}  // namespace certmap
