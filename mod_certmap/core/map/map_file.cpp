#include "core/map/map_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

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

#include "core/map/build.h"
#include "core/map/descriptor.h"
#include "core/map/memory.h"
#include "core/map/rest.h"
#include "core/map/stamp.h"

namespace certmap {
namespace {

using namespace std::chrono_literals;

/// Two changes within one tick of the kernel's clock have the same ctime.
constexpr auto kClockTick = 20ms;
/// How long a load waits for a file that is being written: where there is no image yet, or one.
constexpr int kFirstAttempts = 40, kAttempts = 100;
constexpr auto kBetweenAttempts = 50ms;
constexpr auto kRest = 1s;
/// After each block of a file that is read anew: requests that wait for the processor get it.
constexpr auto kPause = 50us;
/// When memory or descriptors were short, a file that has not changed is tried again.
constexpr auto kRetryAfter = 30s;

/// A larger one is forged.
constexpr std::uint64_t kMostGenerations = std::uint64_t{1} << 48;

using Moment = std::chrono::steady_clock::time_point;

std::string reason_of(int error) { return std::generic_category().message(error); }

/// Since its last change, by the clock of its file system.
std::chrono::nanoseconds age_of(const MapStamp& file) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return now - std::chrono::nanoseconds(std::max(file.mtime, file.ctime));
}

/// A change in the tick of the clock in which the file was read would not be seen later.
void wait_for_next_tick(const MapStamp& file) {
  const auto age = age_of(file);
  if (age >= 0ns && age < kClockTick) std::this_thread::sleep_for(kClockTick - age);
}

std::uint64_t number_of(std::chrono::steady_clock::time_point moment) {
  return static_cast<std::uint64_t>(moment.time_since_epoch() / 1ns);
}

/// The memory from before a restart. Whatever it says may be forged.
struct OldMemory {
  explicit OldMemory(int memfd)
      : descriptor(memfd), memory(memfd), made(memory.memfd() == memfd ? -1 : memory.memfd()) {}

  std::uint64_t next_generation(bool changed) const {
    const std::uint64_t last = memory.generation();
    return last >= kMostGenerations ? 1 : std::max<std::uint64_t>(1, last + (changed ? 1 : 0));
  }

  /// For requests that processes from before the restart still serve.
  void publish(const std::array<std::string_view, 2>& parts) {
    try {
      BuildLock lock(memory.memfd());
      if (lock.held()) memory.publish(parts, 1);
    } catch (const std::system_error&) {
      // They keep what they have.
    }
  }

  Descriptor descriptor;
  MapMemory memory;
  Descriptor made;  ///< where the descriptor is none of ours
};

}  // namespace

struct MapFile::State {
  State(std::string path_of_file, uid_t owner_of_file, int memfd)
      : path(std::move(path_of_file)), owner(owner_of_file), memory(memfd) {}

  MapLoad load();
  MapLoad reload(Moment now);
  bool must_wait_for(const MapStamp& file) const;
  std::optional<MapLoad> try_to_load(const std::function<bool(const MapStamp&)>& may_read);
  std::optional<MapLoad> read_and_build(int descriptor, const MapStamp& before);
  bool put_in_force(const std::array<std::string_view, 2>& parts, const MapStamp& stamp);
  void take_over();
  void let_old_image_go();
  MapLoad keep_image(const MapStamp& stamp, std::vector<std::string> errors);
  MapLoad keep_image_and_retry(const MapStamp& stamp, std::vector<std::string> errors);

  const std::string path;
  const uid_t owner;
  MapMemory memory;
  std::unique_ptr<OldMemory> old;  ///< until the first load

  std::mutex load_mutex;
  MapRest rest;

  std::mutex image_mutex;
  std::shared_ptr<const MapImage> image;
};

MapLoad MapFile::State::load() {
  const auto may_read = [this](const MapStamp& file) { return !must_wait_for(file); };
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
bool MapFile::State::must_wait_for(const MapStamp& file) const {
  if (!old || old->memory.generation() == 0) return false;
  const auto tried = old->memory.tried();
  const bool is_another = !is_same_file(file, tried) && was_renamed(file);
  const auto age = age_of(file);
  return file != tried && !is_another && age >= 0ns && age < kRest;
}

MapLoad MapFile::State::reload(Moment now) {
  let_old_image_go();
  if (memory.superseded()) return {};
  const auto file = stamp_of(path);
  const auto tried = memory.tried();
  const auto retry_at = memory.retry_at();
  const bool again = file == tried && retry_at > 0 && number_of(now) >= retry_at;
  const auto change = rest.look(file, tried, now);
  if (change == MapChange::Settling)
    return {.being_written = rest.is_being_written() && memory.is_first_to_see_writing()};
  if (!again && change == MapChange::None && !memory.has_old()) return {};

  BuildLock one_process(memory.memfd());
  if (!one_process.held()) return {};
  memory.give_back_old();
  // Another process may have been faster.
  if (!again && (change == MapChange::None || memory.tried() == file)) return {};
  const auto may_read = [&](const MapStamp& opened) {
    return opened == file || rest.look(opened, tried, now) == MapChange::Ready;
  };
  auto load = try_to_load(may_read).value_or(MapLoad{});
  load.news = tried != memory.tried();
  return load;
}

/// Empty where the file may not be read now, or changed in the meantime.
std::optional<MapLoad> MapFile::State::try_to_load(
    const std::function<bool(const MapStamp&)>& may_read) {
  memory.set_retry_at(0);
  Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat facts {};
  if (file.get() < 0 || fstat(file.get(), &facts) != 0) {
    const int error = errno;
    const bool is_short = error == EMFILE || error == ENFILE || error == ENOMEM;
    std::vector errors{path + ": cannot be read: " + reason_of(error)};
    return is_short ? keep_image_and_retry(stamp_of(path), std::move(errors))
                    : keep_image(stamp_of(path), std::move(errors));
  }
  const auto before = stamp_of(file.get());
  if (auto reasons = map_file_refusals(path, facts, owner); !reasons.empty())
    return keep_image(before, std::move(reasons));
  if (memory.generation() > 0 && memory.built() == before) return keep_image(before, {});
  if (!may_read(before)) return std::nullopt;
  try {
    return read_and_build(file.get(), before);
  } catch (const std::system_error& failure) {
    return keep_image_and_retry(before, {path + ": " + failure.what()});
  }
}

std::optional<MapLoad> MapFile::State::read_and_build(int descriptor, const MapStamp& before) {
  wait_for_next_tick(before);
  MapBuild build;
  build.read(descriptor, before.size, memory.generation() > 0 ? kPause : 0us);
  if (!has_same_content(before, stamp_of(descriptor))) return std::nullopt;

  MapLoad load = build.finish(path);
  if (load.errors.empty()) load.changed = put_in_force(build.parts(), before);
  memory.set_tried(before);
  return load;
}

/// False where it is what was in force before a restart.
bool MapFile::State::put_in_force(const std::array<std::string_view, 2>& parts,
                                  const MapStamp& stamp) {
  const bool is_first = memory.generation() == 0;
  const bool changed = !is_first || !old || old->memory.built() != stamp;
  memory.publish(parts, old ? old->next_generation(changed) : 1);
  memory.set_built(stamp);
  if (old && is_first && changed) old->publish(parts);
  return changed;
}

/// The last good state from before a restart.
void MapFile::State::take_over() {
  try {
    const auto octets = old->memory.copy_image();
    if (octets.empty()) return;
    memory.publish({octets, {}}, old->next_generation(false));
    memory.set_built(old->memory.built());
  } catch (const std::runtime_error&) {
    // It is damaged, or there is no memory for it: lookups are refused.
  }
}

MapLoad MapFile::State::keep_image(const MapStamp& stamp, std::vector<std::string> errors) {
  memory.set_tried(stamp);
  return {.errors = std::move(errors)};
}

MapLoad MapFile::State::keep_image_and_retry(const MapStamp& stamp,
                                             std::vector<std::string> errors) {
  memory.set_retry_at(number_of(std::chrono::steady_clock::now() + kRetryAfter));
  return keep_image(stamp, std::move(errors));
}

/// So that its memory can be given back also where no request comes.
void MapFile::State::let_old_image_go() {
  std::lock_guard one_thread(image_mutex);
  if (image && image->generation() != memory.generation()) image.reset();
}

MapFile::MapFile(std::string path, uid_t owner, int memfd)
    : state_(std::make_unique<State>(std::move(path), owner, memfd)) {}
MapFile::MapFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
MapFile::~MapFile() = default;

std::shared_ptr<MapFile> MapFile::open_anew(std::string path, uid_t owner, int memfd) {
  auto state = std::make_unique<State>(std::move(path), owner, -1);
  if (memfd >= 0) state->old = std::make_unique<OldMemory>(memfd);
  return std::shared_ptr<MapFile>(new MapFile(std::move(state)));
}

const std::string& MapFile::path() const { return state_->path; }
int MapFile::memfd() const { return state_->memory.memfd(); }
std::uint64_t MapFile::generation() const { return state_->memory.generation(); }

MapLoad MapFile::load() {
  std::lock_guard one_thread(state_->load_mutex);
  const auto tried = state_->old ? state_->old->memory.tried() : state_->memory.tried();
  MapLoad load = state_->load();
  load.news = load.news || tried != state_->memory.tried();
  if (state_->old) {
    if (generation() == 0) state_->take_over();
    state_->old->memory.set_superseded();
    state_->old.reset();
  }
  return load;
}

MapLoad MapFile::reload(Moment now) {
  std::lock_guard one_thread(state_->load_mutex);
  return state_->reload(now);
}

std::shared_ptr<const MapImage> MapFile::image() const {
  std::lock_guard one_thread(state_->image_mutex);
  std::uint64_t generation = this->generation();
  if (generation > 0 && (!state_->image || state_->image->generation() != generation))
    state_->image = state_->memory.map_image();
  return state_->image;
}

}  // namespace certmap
