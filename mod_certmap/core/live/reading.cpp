#include "core/live/reading.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <thread>

#include "core/live/stamp.h"

namespace certmap {
namespace {

using namespace std::chrono_literals;

/// Two changes within one tick of the kernel's clock have the same ctime.
constexpr auto kClockTick = 20ms;
constexpr auto kRest = 1s;

/// Since its last change, by the clock of its file system.
std::chrono::nanoseconds age_of(const FileStamp& file) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return now - std::chrono::nanoseconds(std::max(file.mtime, file.ctime));
}

}  // namespace

OpenedFile::OpenedFile(const std::string& path_of_file)
    : path(path_of_file),
      descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {
  if (descriptor.get() < 0 || fstat(descriptor.get(), &facts) != 0) failure = errno;
  stamp = failure == 0 ? stamp_of(descriptor.get()) : stamp_of(path);
}

bool OpenedFile::is_short() const {
  return failure == EMFILE || failure == ENFILE || failure == ENOMEM;
}

std::string OpenedFile::error() const {
  return failure == 0 ? "" : path + ": cannot be read: " + std::generic_category().message(failure);
}

bool is_unsettled(const FileStamp& file, const FileStamp& tried) {
  const bool is_another = !is_same_file(file, tried) && was_at_rest(file);
  const auto age = age_of(file);
  return file != tried && !is_another && age >= 0ns && age < kRest;
}

void wait_for_next_tick(const FileStamp& file) {
  const auto age = age_of(file);
  if (age >= 0ns && age < kClockTick) std::this_thread::sleep_for(kClockTick - age);
}

std::uint64_t number_of(std::chrono::steady_clock::time_point moment) {
  return static_cast<std::uint64_t>(moment.time_since_epoch() / 1ns);
}

}  // namespace certmap
