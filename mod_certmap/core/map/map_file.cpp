#include "core/map/map_file.h"

#include <chrono>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "core/live/descriptor.h"
#include "core/live/lasting_memory.h"
#include "core/live/memory.h"
#include "core/live/reading.h"
#include "core/live/stamp.h"
#include "core/map/build.h"

namespace certmap {
namespace {

using namespace std::chrono_literals;

/// After each block of a file that is read anew: requests that wait for the processor get it.
constexpr auto kPause = 50us;

constexpr ImageFormat kFormat{kImageVersion, [](std::string_view octets) {
                                MapImage({octets, nullptr, 1});
                              }};

}  // namespace

std::vector<std::string> map_file_refusals(const std::string& path, const struct stat& file,
                                           uid_t owner) {
  if (!S_ISREG(file.st_mode))
    return {path + ": is not a regular file; name a file with lines of KEY ACCOUNT"};
  std::vector<std::string> reasons;
  if (file.st_uid != 0 && file.st_uid != owner)
    reasons.push_back(path + ": belongs to uid " + std::to_string(file.st_uid) +
                      "; it must belong to root or to the user who starts httpd: chown root " +
                      path);
  if ((file.st_mode & 022) != 0)
    reasons.push_back(path + ": is writable by group or others (mode " +
                      octal(file.st_mode & 07777) + "); only its owner may write it: chmod go-w " +
                      path);
  return reasons;
}

MapFile::MapFile(std::string path, uid_t owner, int memfd, bool anew)
    : LiveImage(std::move(path), kFormat, memfd, anew), owner_(owner) {}

FileLoad MapFile::load() {
  const std::lock_guard one_thread(load_mutex_);
  const auto* old = kept_.before();
  const auto tried = old ? old->tried() : memory_.tried();
  FileLoad load = load_settled();
  load.news = load.news || tried != memory_.tried();
  kept_.take_over();
  kept_.settle();
  return load;
}

FileLoad MapFile::load_settled() {
  const auto may_read = [this](const FileStamp& file) { return !must_wait_for(file); };
  const auto* old = kept_.before();
  const int attempts = old ? kAttempts : kFirstAttempts;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    if (auto load = try_to_load(may_read)) return *load;
    std::this_thread::sleep_for(kBetweenAttempts);
  }
  return {.errors = {path_ + ": is being written; " +
                     (old ? "it is read when it has been at rest for a second"
                          : "start again when it is complete")},
          .news = true};
}

/// Without an earlier state there is nothing that could stay in force instead.
bool MapFile::must_wait_for(const FileStamp& file) const {
  const auto* old = kept_.before();
  return old && old->generation() > 0 && is_unsettled(file, old->tried());
}

FileLoad MapFile::reload(Moment now) {
  const std::lock_guard one_thread(load_mutex_);
  let_old_image_go();
  const auto file = stamp_of(path_);
  const auto tried = memory_.tried();
  const auto retry_at = memory_.retry_at();
  const bool again = file == tried && retry_at > 0 && number_of(now) >= retry_at;
  const auto change = rest_.look(file, tried, now);
  if (change == FileChange::Settling)
    return {.waits = true,
            .being_written = rest_.is_being_written() && memory_.is_first_to_see_writing()};
  if (!again && change == FileChange::None && !memory_.has_old()) return {};

  BuildLock one_process(memory_.memfd());
  if (!one_process.held()) return {};
  memory_.give_back_old();
  // Another process may have been faster.
  if (!again && (change == FileChange::None || memory_.tried() == file)) return {};
  const auto may_read = [&](const FileStamp& opened) { return rest_.may_read(opened, tried, now); };
  auto load = try_to_load(may_read).value_or(FileLoad{});
  load.news = tried != memory_.tried();
  return load;
}

/// Empty where the file may not be read now, or changed in the meantime.
std::optional<FileLoad> MapFile::try_to_load(
    const std::function<bool(const FileStamp&)>& may_read) {
  memory_.set_retry_at(0);
  const OpenedFile file(path_);
  const auto& before = file.stamp;
  if (file.failure != 0)
    return file.is_short()
               ? keep_image_and_retry(before, {file.error()})
               : keep_image(before, {file.error() + "; put a file with lines of KEY ACCOUNT there "
                                                    "that httpd can read"});
  if (auto reasons = map_file_refusals(path_, file.facts, owner_); !reasons.empty())
    return keep_image(before, std::move(reasons));
  if (memory_.generation() > 0 && memory_.built() == before) return keep_image(before, {});
  if (!may_read(before)) return std::nullopt;
  try {
    return read_and_build(file.descriptor.get(), before);
  } catch (const std::system_error& failure) {
    return keep_image_and_retry(before, {path_ + ": " + failure.what()});
  }
}

std::optional<FileLoad> MapFile::read_and_build(int descriptor, const FileStamp& before) {
  wait_for_next_tick(before);
  MapBuild build;
  build.read(descriptor, before.size, memory_.generation() > 0 ? kPause : 0us);
  if (!has_same_content(before, stamp_of(descriptor))) return std::nullopt;

  FileLoad load = build.finish(path_);
  if (load.errors.empty()) load.changed = put_in_force(build.parts(), before);
  memory_.set_tried(before);
  return load;
}

/// False where it is what was in force before a restart.
bool MapFile::put_in_force(ImageParts parts, const FileStamp& stamp) {
  const auto* old = kept_.before();
  const bool changed = memory_.generation() > 0 || !old || old->built() != stamp;
  kept_.publish(parts, changed);
  memory_.set_built(stamp);
  return changed;
}

FileLoad MapFile::keep_image(const FileStamp& stamp, std::vector<std::string> errors) {
  memory_.set_tried(stamp);
  return {.errors = std::move(errors)};
}

FileLoad MapFile::keep_image_and_retry(const FileStamp& stamp, std::vector<std::string> errors) {
  retry_later();
  return keep_image(stamp, std::move(errors));
}

}  // namespace certmap
