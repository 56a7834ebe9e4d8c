#include "core/map/map_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "core/live/lasting_memory.h"
#include "core/live/memory.h"
#include "core/live/reading.h"
#include "core/live/rest.h"
#include "core/live/stamp.h"
#include "core/map/build.h"

namespace certmap {
namespace {

using namespace std::chrono_literals;

/// After each block of a file that is read anew: requests that wait for the processor get it.
constexpr auto kPause = 50us;

using Moment = std::chrono::steady_clock::time_point;

constexpr ImageFormat kFormat{kImageVersion,
                              [](std::string_view octets) { MapImage(octets, nullptr, 1); }};

}  // namespace

struct MapFile::State {
  State(std::string path_of_file, uid_t owner_of_file, int memfd, bool anew)
      : path(std::move(path_of_file)), owner(owner_of_file), kept(kFormat, memfd, anew) {}

  FileLoad load();
  FileLoad reload(Moment now);
  bool must_wait_for(const FileStamp& file) const;
  std::optional<FileLoad> try_to_load(const std::function<bool(const FileStamp&)>& may_read);
  std::optional<FileLoad> read_and_build(int descriptor, const FileStamp& before);
  bool put_in_force(ImageParts parts, const FileStamp& stamp);
  void let_old_image_go();
  FileLoad keep_image(const FileStamp& stamp, std::vector<std::string> errors);
  FileLoad keep_image_and_retry(const FileStamp& stamp, std::vector<std::string> errors);

  const std::string path;
  const uid_t owner;
  LastingMemory kept;
  ImageMemory& memory = kept.now();

  std::mutex load_mutex;
  FileRest rest;

  std::mutex image_mutex;
  std::shared_ptr<const MapImage> image;
};

FileLoad MapFile::State::load() {
  const auto may_read = [this](const FileStamp& file) { return !must_wait_for(file); };
  const auto* old = kept.before();
  const int attempts = old ? kAttempts : kFirstAttempts;
  for (int attempt = 0; attempt < attempts; ++attempt) {
    if (auto load = try_to_load(may_read)) return *load;
    std::this_thread::sleep_for(kBetweenAttempts);
  }
  return {.errors = {path + ": is being written; " +
                     (old ? "it is read when it has been at rest for a second"
                          : "start again when it is complete")},
          .news = true};
}

/// Without an earlier state there is nothing that could stay in force instead.
bool MapFile::State::must_wait_for(const FileStamp& file) const {
  const auto* old = kept.before();
  return old && old->generation() > 0 && is_unsettled(file, old->tried());
}

FileLoad MapFile::State::reload(Moment now) {
  let_old_image_go();
  if (memory.superseded()) return {};
  const auto file = stamp_of(path);
  const auto tried = memory.tried();
  const auto retry_at = memory.retry_at();
  const bool again = file == tried && retry_at > 0 && number_of(now) >= retry_at;
  const auto change = rest.look(file, tried, now);
  if (change == FileChange::Settling)
    return {.being_written = rest.is_being_written() && memory.is_first_to_see_writing()};
  if (!again && change == FileChange::None && !memory.has_old()) return {};

  BuildLock one_process(memory.memfd());
  if (!one_process.held()) return {};
  memory.give_back_old();
  // Another process may have been faster.
  if (!again && (change == FileChange::None || memory.tried() == file)) return {};
  const auto may_read = [&](const FileStamp& opened) {
    return opened == file || rest.look(opened, tried, now) == FileChange::Ready;
  };
  auto load = try_to_load(may_read).value_or(FileLoad{});
  load.news = tried != memory.tried();
  return load;
}

/// Empty where the file may not be read now, or changed in the meantime.
std::optional<FileLoad> MapFile::State::try_to_load(
    const std::function<bool(const FileStamp&)>& may_read) {
  memory.set_retry_at(0);
  const OpenedFile file(path);
  const auto& before = file.stamp;
  if (file.failure != 0)
    return file.is_short()
               ? keep_image_and_retry(before, {file.error()})
               : keep_image(before, {file.error() + "; put a file with lines of KEY ACCOUNT there "
                                                    "that httpd can read"});
  if (auto reasons = map_file_refusals(path, file.facts, owner); !reasons.empty())
    return keep_image(before, std::move(reasons));
  if (memory.generation() > 0 && memory.built() == before) return keep_image(before, {});
  if (!may_read(before)) return std::nullopt;
  try {
    return read_and_build(file.descriptor.get(), before);
  } catch (const std::system_error& failure) {
    return keep_image_and_retry(before, {path + ": " + failure.what()});
  }
}

std::optional<FileLoad> MapFile::State::read_and_build(int descriptor, const FileStamp& before) {
  wait_for_next_tick(before);
  MapBuild build;
  build.read(descriptor, before.size, memory.generation() > 0 ? kPause : 0us);
  if (!has_same_content(before, stamp_of(descriptor))) return std::nullopt;

  FileLoad load = build.finish(path);
  if (load.errors.empty()) load.changed = put_in_force(build.parts(), before);
  memory.set_tried(before);
  return load;
}

/// False where it is what was in force before a restart.
bool MapFile::State::put_in_force(ImageParts parts, const FileStamp& stamp) {
  const auto* old = kept.before();
  const bool changed = memory.generation() > 0 || !old || old->built() != stamp;
  kept.publish(parts, changed);
  memory.set_built(stamp);
  return changed;
}

FileLoad MapFile::State::keep_image(const FileStamp& stamp, std::vector<std::string> errors) {
  memory.set_tried(stamp);
  return {.errors = std::move(errors)};
}

FileLoad MapFile::State::keep_image_and_retry(const FileStamp& stamp,
                                              std::vector<std::string> errors) {
  memory.set_retry_at(number_of(std::chrono::steady_clock::now() + kRetryAfter));
  return keep_image(stamp, std::move(errors));
}

/// So that its memory can be given back also where no request comes.
void MapFile::State::let_old_image_go() {
  std::lock_guard one_thread(image_mutex);
  if (image && image->generation() != memory.generation()) image.reset();
}

MapFile::MapFile(std::string path, uid_t owner, int memfd, bool anew)
    : state_(std::make_unique<State>(std::move(path), owner, memfd, anew)) {}
MapFile::~MapFile() = default;

const std::string& MapFile::path() const { return state_->path; }
int MapFile::memfd() const { return state_->memory.memfd(); }
std::uint64_t MapFile::generation() const { return state_->memory.generation(); }

std::vector<FileLoad> MapFile::load_all() { return {load()}; }

std::vector<FileLoad> MapFile::reload_all() { return {reload()}; }

FileLoad MapFile::load() {
  std::lock_guard one_thread(state_->load_mutex);
  const auto* old = state_->kept.before();
  const auto tried = old ? old->tried() : state_->memory.tried();
  FileLoad load = state_->load();
  load.news = load.news || tried != state_->memory.tried();
  state_->kept.take_over();
  state_->kept.settle();
  return load;
}

FileLoad MapFile::reload(Moment now) {
  std::lock_guard one_thread(state_->load_mutex);
  return state_->reload(now);
}

std::shared_ptr<const MapImage> MapFile::image() const {
  std::lock_guard one_thread(state_->image_mutex);
  std::uint64_t generation = this->generation();
  if (generation > 0 && (!state_->image || state_->image->generation() != generation)) {
    const auto mapped = state_->memory.map_image();
    state_->image =
        std::make_shared<const MapImage>(mapped.octets, mapped.keeper, mapped.generation);
  }
  return state_->image;
}

}  // namespace certmap
