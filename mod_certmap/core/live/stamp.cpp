#include "core/live/stamp.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <thread>

namespace certmap {
namespace {

using namespace std::chrono_literals;

constexpr auto kRest = 1s;
/// For one that is replaced again and again before it can rest.
constexpr auto kPatience = 3s;

std::uint64_t nanoseconds(const struct statx_timestamp& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000u + time.tv_nsec;
}

FileStamp stamp_of(int folder, const char* path, int flags) {
  struct statx file {};
  if (statx(folder, path, flags, STATX_BASIC_STATS | STATX_BTIME, &file) != 0)
    return {.error = static_cast<std::uint64_t>(errno)};
  const bool born = (file.stx_mask & STATX_BTIME) != 0;
  return {.device = std::uint64_t{file.stx_dev_major} << 32 | file.stx_dev_minor,
          .inode = file.stx_ino,
          .birth = born ? nanoseconds(file.stx_btime) : 0,
          .size = file.stx_size,
          .mtime = nanoseconds(file.stx_mtime),
          .ctime = nanoseconds(file.stx_ctime),
          .links = file.stx_nlink};
}

}  // namespace

bool was_at_rest(const FileStamp& file) {
  constexpr auto kLeast = static_cast<std::uint64_t>(std::chrono::nanoseconds(kRest).count());
  return file.birth != 0 && file.ctime >= std::max(file.birth, file.mtime) + kLeast;
}

void FileRest::note(const FileStamp& file, const FileStamp& tried, Moment now) {
  const bool changed = !pending_ || file != seen_;
  if (!pending_ || tried != tried_) {
    pending_since_ = now;
    written_ = false;
  }
  if (pending_ && changed && is_same_file(file, seen_)) {
    pending_since_ = now;
    written_ = true;
  }
  if (changed) seen_since_ = now;
  pending_ = true;
  seen_ = file;
  tried_ = tried;
}

FileChange FileRest::look(const FileStamp& file, const FileStamp& tried, Moment now) {
  hurried_ = false;
  if (file == tried) {
    pending_ = written_ = false;
    seen_ = file;
    return FileChange::None;
  }
  note(file, tried, now);
  if (now - seen_since_ >= kRest) return FileChange::Ready;
  if (file.error != 0 || is_same_file(file, tried)) return FileChange::Settling;
  if (was_at_rest(file)) return FileChange::Ready;
  hurried_ = now - pending_since_ >= kPatience;
  return hurried_ ? FileChange::Ready : FileChange::Settling;
}

bool FileRest::may_read(const FileStamp& opened, const FileStamp& tried, Moment now) {
  if (opened != seen_ && look(opened, tried, now) != FileChange::Ready) return false;
  if (hurried_) std::this_thread::sleep_for(kRest);
  return true;
}

FileStamp stamp_of(int descriptor) { return stamp_of(descriptor, "", AT_EMPTY_PATH); }
FileStamp stamp_of(const std::string& path) { return stamp_of(AT_FDCWD, path.c_str(), 0); }

bool is_same_file(const FileStamp& one, const FileStamp& other) {
  return one.error == other.error && one.device == other.device && one.inode == other.inode &&
         one.birth == other.birth;
}

bool has_same_content(const FileStamp& before, const FileStamp& after) {
  return is_same_file(before, after) && before.size == after.size && before.mtime == after.mtime &&
         (before.ctime == after.ctime || before.links != after.links);
}

}  // namespace certmap
