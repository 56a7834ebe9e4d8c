#include "core/map_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "core/map_image_builder.h"
#include "core/map_memory.h"
#include "core/map_parser.h"
#include "core/page_buffer.h"

namespace certmap {
namespace {

using namespace std::chrono_literals;

/// Two changes within one tick of the kernel's clock have the same ctime.
constexpr auto kClockTick = 20ms;
/// How long a first load waits for a file that is being written.
constexpr int kAttempts = 40;
constexpr auto kBetweenAttempts = 50ms;
/// How many needs_load() wait for a file that goes on changing.
constexpr int kPatience = 4;
/// Half a millisecond of work.
constexpr std::size_t kBlock = 64 * 1024;
/// After each block of a file that is read anew: requests that wait for the processor get it.
constexpr auto kPause = 50us;
/// When memory or descriptors were short, a file that has not changed is tried again.
constexpr auto kRetryAfter = 30s;

std::string reason_of(int error) { return std::generic_category().message(error); }

std::string octal(mode_t mode) {
  std::string digits = "0000";
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, mode >>= 3)
    *digit = static_cast<char>('0' + (mode & 7));
  return digits;
}

/// A change in the tick of the clock in which the file was read would not be seen later.
void wait_for_next_tick(const struct stat& file) {
  struct timespec now {};
  clock_gettime(CLOCK_REALTIME, &now);
  auto age = std::chrono::seconds(now.tv_sec - file.st_ctim.tv_sec) +
             std::chrono::nanoseconds(now.tv_nsec - file.st_ctim.tv_nsec);
  if (age >= 0ns && age < kClockTick) std::this_thread::sleep_for(kClockTick - age);
}

/// read(), because a mapped file that somebody shortens is SIGBUS.
std::size_t read_some(int descriptor, char* to, std::size_t most) {
  for (;;) {
    ssize_t got = read(descriptor, to, most);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "cannot be read");
  }
}

/// Block by block, so that text and image are not in memory at once. Stops after `size` octets.
void read_text(int descriptor, std::uint64_t size, MapParser& parser,
               std::chrono::microseconds pause) {
  PageBuffer block;
  for (bool first = true, end = false; !end;) {
    // What is too long for a line is not kept: two octets over the limit, one may be a CR.
    block.truncate(kMaxMapLine + 2);
    std::size_t kept = block.size();
    std::size_t most = std::min<std::uint64_t>(size, kBlock);
    std::size_t got = read_some(descriptor, block.extend(kBlock), most);
    block.truncate(kept + got);
    size -= got;
    if (std::exchange(first, false)) parser.look_at_start(block.view());
    end = got == 0;
    std::size_t newline = block.view().substr(kept).rfind('\n');
    std::size_t whole = newline == std::string_view::npos ? 0 : kept + newline + 1;
    parser.read(block.view().substr(0, end ? block.size() : whole));
    block.drop_front(end ? block.size() : whole);
    std::this_thread::sleep_for(pause);
  }
}

/// An image in the making.
struct Build {
  MapImageBuilder builder;
  MapMessages messages;
  MapParser parser{[this](const MapLine& line) { builder.add(line); }, messages};

  MapLoad finish(std::string_view path) {
    builder.finish(parser.kinds(), messages.errors);
    return {.errors = messages.errors.texts(path), .warnings = messages.warnings.texts(path)};
  }
};

}  // namespace

struct MapFile::State {
  State(std::string path_of_file, uid_t owner_of_file, int memfd)
      : path(std::move(path_of_file)), owner(owner_of_file), memory(memfd) {}

  MapLoad load();
  std::optional<MapLoad> try_to_load();
  std::optional<MapLoad> read_and_build(int descriptor, const struct stat& before);
  MapLoad unreadable(int error);
  MapLoad keep_image(const MapStamp& stamp, std::vector<std::string> errors);

  const std::string path;
  const uid_t owner;
  MapMemory memory;

  std::mutex load_mutex;
  MapStamp seen{};  ///< at the last needs_load()
  int unrest = 0;   ///< calls of it for which the file has been changing
  std::optional<std::chrono::steady_clock::time_point> retry_at;

  std::mutex image_mutex;
  std::shared_ptr<const MapImage> image;
};

MapLoad MapFile::State::load() {
  retry_at.reset();
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (auto load = try_to_load()) return *load;
    if (memory.generation() > 0) return {};
    std::this_thread::sleep_for(kBetweenAttempts);
  }
  return {.errors = {path + ": changes while it is read; start again when it is complete"}};
}

/// Empty where the file changed in the meantime.
std::optional<MapLoad> MapFile::State::try_to_load() {
  Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat before {};
  if (file.get() < 0 || fstat(file.get(), &before) != 0) return unreadable(errno);
  if (auto reasons = map_file_refusals(path, before, owner); !reasons.empty())
    return keep_image(stamp_of(before), std::move(reasons));
  if (memory.generation() > 0 && memory.built() == stamp_of(before))
    return keep_image(stamp_of(before), {});
  try {
    return read_and_build(file.get(), before);
  } catch (const std::system_error& failure) {
    retry_at = std::chrono::steady_clock::now() + kRetryAfter;
    return keep_image(stamp_of(before), {path + ": " + failure.what()});
  }
}

MapLoad MapFile::State::unreadable(int error) {
  if (error == EMFILE || error == ENFILE || error == ENOMEM)
    retry_at = std::chrono::steady_clock::now() + kRetryAfter;
  return keep_image(stamp_of(path), {path + ": cannot be read: " + reason_of(error)});
}

std::optional<MapLoad> MapFile::State::read_and_build(int descriptor, const struct stat& before) {
  wait_for_next_tick(before);
  Build build;
  read_text(descriptor, static_cast<std::uint64_t>(before.st_size), build.parser,
            memory.generation() > 0 ? kPause : 0us);
  struct stat after {};
  if (fstat(descriptor, &after) != 0 || stamp_of(after) != stamp_of(before)) return std::nullopt;

  MapLoad load = build.finish(path);
  if (load.errors.empty()) {
    memory.publish(build.builder.parts());
    memory.set_built(stamp_of(before));
    load.changed = true;
  }
  memory.set_tried(stamp_of(before));
  return load;
}

MapLoad MapFile::State::keep_image(const MapStamp& stamp, std::vector<std::string> errors) {
  memory.set_tried(stamp);
  return {.errors = std::move(errors)};
}

std::vector<std::string> map_file_refusals(const std::string& path, const struct stat& file,
                                           uid_t owner) {
  if (!S_ISREG(file.st_mode)) return {path + ": is not a regular file"};
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

MapLoad check_map_text(std::string_view path, std::string_view text) {
  Build build;
  build.parser.read(text);
  return build.finish(path);
}

MapFile::MapFile(std::string path, uid_t owner, int memfd)
    : state_(std::make_unique<State>(std::move(path), owner, memfd)) {}
MapFile::~MapFile() = default;

const std::string& MapFile::path() const { return state_->path; }
int MapFile::memfd() const { return state_->memory.memfd(); }
std::uint64_t MapFile::generation() const { return state_->memory.generation(); }

MapLoad MapFile::load(bool wait) {
  std::lock_guard one_thread(state_->load_mutex);
  BuildLock one_process(memfd(), wait);
  if (!one_process.held()) return {};
  const MapStamp tried = state_->memory.tried();
  MapLoad load = state_->load();
  load.news = tried != state_->memory.tried();
  return load;
}

bool MapFile::needs_load() {
  std::lock_guard one_thread(state_->load_mutex);
  MapStamp now = stamp_of(state_->path);
  bool at_rest = std::exchange(state_->seen, now) == now;
  if (state_->retry_at && std::chrono::steady_clock::now() >= *state_->retry_at) return true;
  const bool wanted = now != state_->memory.tried();
  const bool look = wanted && (at_rest || ++state_->unrest >= kPatience);
  if (look || !wanted) state_->unrest = 0;
  return look;
}

std::shared_ptr<const MapImage> MapFile::image() const {
  std::lock_guard one_thread(state_->image_mutex);
  std::uint64_t generation = this->generation();
  if (generation > 0 && (!state_->image || state_->image->generation() != generation))
    state_->image = state_->memory.map_image();
  return state_->image;
}

}  // namespace certmap
