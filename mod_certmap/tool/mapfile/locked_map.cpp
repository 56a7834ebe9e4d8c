#include "tool/mapfile/locked_map.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/types.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <climits>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <thread>
#include <utility>

#include "core/text/visible.h"
#include "tool/command.h"
#include "tool/mapfile/map_scan.h"

namespace certmap {
namespace {

constexpr std::string_view kAcl = "system.posix_acl_access";
constexpr std::size_t kMost = 64 * 1024;  // xattr(7): of a list, and of a value

// Others ("security.ima", …) are about the content, or are not ours to copy.
bool is_copied(std::string_view name) {
  return name == kAcl || name == "security.selinux" || name.starts_with("user.");
}

using namespace std::chrono_literals;

constexpr auto kPatience = 5s;
constexpr auto kBetweenAttempts = 25ms;
constexpr mode_t kPrivate = 0600, kNewFile = 0644;
constexpr const char* kUnchanged = "nothing was changed";

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == path.npos ? "." : path.substr(0, std::max<std::size_t>(slash, 1));
}

std::string name_of_file(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::optional<std::string> real_path(const std::string& path) {
  char resolved[PATH_MAX];
  if (realpath(path.c_str(), resolved) == nullptr) return {};
  return resolved;
}

/// A file that is not there yet, but its folder is.
std::string path_of_new_file(const std::string& path) {
  struct stat link {};
  if (lstat(path.c_str(), &link) == 0)
    throw ToolError(visible(path) +
                    " leads to a file that is not there; make it, or mend the link");
  const auto folder = real_path(folder_of(path));
  if (!folder || name_of_file(path).empty()) throw_errno("make " + visible(path));
  return *folder + '/' + name_of_file(path);
}

std::string resolve(const std::string& path, LockedMap::Missing missing) {
  if (auto resolved = real_path(path)) return *std::move(resolved);
  if (errno != ENOENT || missing == LockedMap::Missing::IsError)
    throw_errno("read " + visible(path), kUnchanged);
  return path_of_new_file(path);
}

/// Another process could write to any other file of this name later, or knows it by another name.
bool is_ours(const struct stat& file) {
  return S_ISREG(file.st_mode) && (file.st_mode & 07777) == kPrivate && file.st_uid == geteuid() &&
         file.st_nlink == 1;
}

mode_t mode_of_new_file() {
  const mode_t mask = umask(0);
  umask(mask);
  return kNewFile & ~mask;
}

/// Gives `file` the ACL, the SELinux label and the user attributes of the file at `from`. Throws
/// ToolError where the ACL cannot be kept.
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
    if (!done && name == kAcl) throw_errno("keep the ACL of " + visible(from), kUnchanged);
  }
}

}  // namespace

LockedMap::LockedMap(const std::string& path, Missing missing)
    : path_(resolve(path, missing)),
      shown_(visible(path)),
      new_path_(folder_of(path_) + "/." + name_of_file(path_) + ".certmapctl") {
  lock();
  try {
    read(missing);
  } catch (...) {
    unlink(new_path_.c_str());
    throw;
  }
}

LockedMap::~LockedMap() {
  if (new_file_) unlink(new_path_.c_str());
}

void LockedMap::lock() {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!try_to_lock()) {
    if (std::chrono::steady_clock::now() > end)
      throw ToolError("another certmapctl is changing " + shown_ + "; try again when it has ended");
    std::this_thread::sleep_for(kBetweenAttempts);
  }
}

bool LockedMap::try_to_lock() {
  constexpr int kFlags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  Descriptor file(open(new_path_.c_str(), kFlags, kPrivate));
  if (file.get() < 0) throw_errno("write " + visible(new_path_), kUnchanged);
  if (flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK || errno == EINTR) return false;
    throw_errno("lock " + visible(new_path_), kUnchanged);
  }
  struct stat held {
  }, there{};
  // Whoever had it may have put it in the map file's place, or removed it.
  if (fstat(file.get(), &held) != 0 || lstat(new_path_.c_str(), &there) != 0 ||
      held.st_dev != there.st_dev || held.st_ino != there.st_ino)
    return false;
  if (!is_ours(held)) {
    unlink(new_path_.c_str());
    return false;
  }
  new_file_.emplace(file.release());
  return true;
}

void LockedMap::read(Missing missing) {
  stamp_ = stamp_of(path_);
  if (missing == Missing::IsEmpty && stamp_.error == ENOENT) return;
  auto map = read_map_text(path_);
  text_ = std::move(map.text);
  status_ = map.status;
  check_unchanged();
}

void LockedMap::check_unchanged() const {
  if (stamp_of(path_) == stamp_) return;
  throw ToolError(shown_ +
                  " was changed by somebody else just now; nothing was changed here, try again");
}

void LockedMap::write(std::string_view text) const {
  const int file = new_file_->get();
  if (ftruncate(file, 0) != 0) throw_errno("write " + shown_, kUnchanged);
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno != EINTR) throw_errno("write " + shown_, kUnchanged);
    text.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(written, 0)));
  }
}

mode_t LockedMap::take_over_rights() const {
  const int file = new_file_->get();
  const mode_t mode = status_ ? status_->st_mode & 07777 : mode_of_new_file();
  if (status_) {
    if (fchown(file, status_->st_uid, status_->st_gid) != 0)
      throw_errno("keep owner and group of " + shown_,
                  "run certmapctl as root; nothing was changed");
    copy_extended_attributes(path_, file);
  }
  if (fchmod(file, mode) != 0) throw_errno("set the mode of " + shown_, kUnchanged);
  return mode;
}

mode_t LockedMap::replace(std::string_view text) {
  write(text);
  const auto mode = take_over_rights();
  if (fsync(new_file_->get()) != 0) throw_errno("write " + shown_, kUnchanged);
  check_unchanged();
  if (rename(new_path_.c_str(), path_.c_str()) != 0)
    throw_errno("put the new file in the place of " + shown_, kUnchanged);
  new_file_.reset();
  const Descriptor folder(open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0 || fsync(folder.get()) != 0)
    throw_errno("make sure that " + shown_ + " is on the disk", "it was changed");
  return mode;
}

}  // namespace certmap
