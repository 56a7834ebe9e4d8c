#include "core/live/rest.h"

namespace certmap {
namespace {

using namespace std::chrono_literals;

constexpr auto kRest = 1s;
/// For one that is replaced again and again before it can rest.
constexpr auto kPatience = 3s;

}  // namespace

bool was_renamed(const FileStamp& file) { return file.error == 0 && file.ctime > file.mtime; }

void FileRest::note(const FileStamp& file, const FileStamp& tried, Moment now) {
  const bool changed = !pending_ || file != seen_;
  if (!pending_ || tried != tried_) {
    pending_since_ = now;
    written_ = replaced_ = false;
  }
  if (pending_ && changed) {
    replaced_ = !is_same_file(file, seen_);
    written_ = written_ || !replaced_;
  }
  if (changed) seen_since_ = now;
  pending_ = true;
  seen_ = file;
  tried_ = tried;
}

FileChange FileRest::look(const FileStamp& file, const FileStamp& tried, Moment now) {
  if (file == tried) {
    pending_ = written_ = false;
    return FileChange::None;
  }
  note(file, tried, now);
  if (now - seen_since_ >= kRest) return FileChange::Ready;
  if (file.error != 0 || is_same_file(file, tried)) return FileChange::Settling;
  // Within one tick of the kernel's clock a rename cannot be told from a file that is written anew.
  const bool must_not_wait = replaced_ && now - pending_since_ >= kPatience;
  return was_renamed(file) || must_not_wait ? FileChange::Ready : FileChange::Settling;
}

}  // namespace certmap
