#include "tool/mapfile/extended_attributes.h"

#include <sys/xattr.h>

#include <cerrno>
#include <cstddef>
#include <string_view>

#include "core/text/visible.h"
#include "tool/mapfile/map_text.h"

namespace certmap {
namespace {

constexpr std::string_view kAcl = "system.posix_acl_access";

// Others ("security.ima", …) are about the content, or are not ours to copy.
bool is_copied(std::string_view name) {
  return name == kAcl || name == "security.selinux" || name.starts_with("user.");
}

/// Calls a function that tells a size first; empty where there is nothing.
template <typename Call>
std::string ask(Call call) {
  std::string answer;
  for (ssize_t size = call(nullptr, 0); size > 0;) {
    answer.resize(static_cast<std::size_t>(size));
    const ssize_t got = call(answer.data(), answer.size());
    if (got >= 0) return answer.substr(0, static_cast<std::size_t>(got));
    if (errno != ERANGE) break;
    size = call(nullptr, 0);
  }
  return {};
}

void copy(const std::string& from, int file, const std::string& name) {
  const auto value = ask(
      [&](char* to, std::size_t size) { return getxattr(from.c_str(), name.c_str(), to, size); });
  if (value.empty() || fsetxattr(file, name.c_str(), value.data(), value.size(), 0) == 0) return;
  if (name == kAcl) throw_errno("keep the ACL of " + visible(from), "nothing was changed");
}

}  // namespace

void copy_extended_attributes(const std::string& from, int file) {
  fremovexattr(file, kAcl.data());  // that of the folder's default
  const auto names =
      ask([&](char* to, std::size_t size) { return listxattr(from.c_str(), to, size); });
  for (std::size_t at = 0; at < names.size();) {
    const std::string name = names.c_str() + at;
    if (is_copied(name)) copy(from, file, name);
    at += name.size() + 1;
  }
}

}  // namespace certmap
