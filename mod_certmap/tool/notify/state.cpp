#include "tool/notify/state.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <limits>
#include <system_error>

#include "tool/command.h"
#include "tool/expiring/log.h"
#include "tool/input_file.h"

namespace certmap {
namespace {

constexpr std::size_t kLongestLine = kDigestLength + 1 + std::numeric_limits<int>::digits10 + 1 + 1;
constexpr mode_t kPrivate = 0600;

[[noreturn]] void fail(const std::string& path, const std::string& what) {
  throw ToolError("the state " + path + " " + what);
}

constexpr const char* kNameAnother =
    "name a file in a folder of the user who runs this with --state";
constexpr const char* kMakeRoom = "mails that it could not note are not sent; make room for it";

[[noreturn]] void fail_errno(const std::string& path, const std::string& what, const char* remedy) {
  fail(path, what + ": " + std::strerror(errno) + "; " + remedy);
}

/// A FIFO would block, a link could lead to somebody else's file.
int open_file(const std::string& path, NotifyState::Use use) {
  const bool keep = use == NotifyState::Use::Keep;
  const int file =
      open(path.c_str(), O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | (keep ? O_RDWR | O_CREAT : O_RDONLY),
           kPrivate);
  if (file < 0 && (keep || errno != ENOENT)) fail_errno(path, "cannot be opened", kNameAnother);
  return file;
}

}  // namespace

NotifyState::NotifyState(const std::string& path, Use use)
    : path_(path), file_(open_file(path, use)) {
  if (file_.get() < 0) return;
  struct stat status {};
  if (fstat(file_.get(), &status) != 0 || !S_ISREG(status.st_mode)) fail(path_, "is no file");
  if (use == Use::Keep) lock();
  read(read_all(file_.get(), "the state " + path_));
  is_kept_ = use == Use::Keep;
}

NotifyState::~NotifyState() {
  if (is_kept_) static_cast<void>(!ftruncate(file_.get(), end_));  // what stays does not count
}

void NotifyState::lock() const {
  if (flock(file_.get(), LOCK_EX | LOCK_NB) != 0)
    fail(path_, "is in use: another notify is running; wait for its end");
  if (fchmod(file_.get(), kPrivate) != 0) fail_errno(path_, "cannot be made private", kNameAnother);
}

void NotifyState::read(std::string_view text) {
  text = text.substr(0, text.rfind('\n') + 1);  // npos + 1 is 0
  end_ = static_cast<off_t>(text.size());
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    read_line(text.substr(0, end), number);
    text.remove_prefix(end + 1);
  }
}

void NotifyState::read_line(std::string_view line, std::size_t number) {
  const auto digest = line.substr(0, line.find(' '));
  const auto digits = line.substr(std::min(digest.size() + 1, line.size()));
  const char* end = digits.data() + digits.size();
  int threshold = -1;
  const auto read = std::from_chars(digits.data(), end, threshold);
  if (!is_digest(digest) || read.ec != std::errc() || read.ptr != end || threshold < 0)
    fail(path_, "has a line " + std::to_string(number) +
                    " that certmapctl notify did not write; name its own file with --state");
  const auto [known, is_new] = smallest_.emplace(digest, threshold);
  if (!is_new) known->second = std::min(known->second, threshold);
}

bool NotifyState::has(const std::string& sha256, int threshold) const {
  const auto known = smallest_.find(sha256);
  return known != smallest_.end() && known->second <= threshold;
}

void NotifyState::write_at_end(std::string_view text) const {
  for (off_t end = end_; !text.empty();) {
    const auto written = pwrite(file_.get(), text.data(), text.size(), end);
    if (written < 0) fail_errno(path_, "cannot be written", kMakeRoom);
    text.remove_prefix(static_cast<std::size_t>(written));
    end += written;
  }
  if (fdatasync(file_.get()) != 0) fail_errno(path_, "cannot be written", kMakeRoom);
}

void NotifyState::reserve(std::size_t mails) {
  write_at_end(std::string(mails * kLongestLine, ' '));
}

void NotifyState::add(const std::string& sha256, int threshold) {
  const auto line = sha256 + ' ' + std::to_string(threshold) + '\n';
  write_at_end(line);
  end_ += static_cast<off_t>(line.size());
  smallest_[sha256] = threshold;
}

}  // namespace certmap
