#include "core/map_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <tuple>
#include <utility>

#include "core/map_image.h"
#include "core/map_layout.h"

namespace certmap {
namespace {

/// Images begin at multiples of this: it is one of every page size in use.
constexpr std::uint64_t kAlignment = 64 * 1024;
/// Changes with the layout of the control page, and of images.
constexpr std::uint64_t kControlMagic = 0x31706d7472656300 + kImageVersion;

using SharedStamp = std::array<SharedNumber, std::tuple_size_v<MapStamp>>;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::uint64_t aligned(std::uint64_t offset) {
  return (offset + kAlignment - 1) / kAlignment * kAlignment;
}

std::uint64_t nanoseconds(const struct timespec& time) {
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000u +
         static_cast<std::uint64_t>(time.tv_nsec);
}

MapStamp load_stamp(const SharedStamp& shared) {
  MapStamp stamp;
  for (std::size_t i = 0; i < stamp.size(); ++i) stamp[i] = shared[i].load();
  return stamp;
}

void store_stamp(SharedStamp& shared, const MapStamp& stamp) {
  for (std::size_t i = 0; i < stamp.size(); ++i) shared[i].store(stamp[i]);
}

std::uint64_t size_of_file(int descriptor) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0) fail("fstat of shared memory");
  return static_cast<std::uint64_t>(status.st_size);
}

bool set_lock(int descriptor, short type, bool wait) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  while (fcntl(descriptor, wait ? F_SETLKW : F_SETLK, &lock) != 0) {
    if (!wait && (errno == EAGAIN || errno == EACCES)) return false;
    if (errno != EINTR) fail("lock on shared memory");
  }
  return true;
}

}  // namespace

struct MapMemory::Place {
  std::uint64_t offset, length;
};

struct MapMemory::Control {
  struct SharedPlace {
    SharedNumber offset, length;
    Place load() const { return {offset.load(), length.load()}; }
    void store(const Place& place) {
      offset.store(place.offset);
      length.store(place.length);
    }
  };

  SharedNumber magic;
  SharedNumber generation;
  SharedPlace places[2];  ///< of the image in force, and of the one before
  SharedStamp built, tried;

  SharedPlace& place(std::uint64_t of_generation) { return places[of_generation % 2]; }
};

MapStamp stamp_of(const struct stat& file) {
  return {file.st_dev,
          file.st_ino,
          static_cast<std::uint64_t>(file.st_size),
          nanoseconds(file.st_mtim),
          nanoseconds(file.st_ctim),
          0};
}

MapStamp stamp_of(const std::string& path) {
  struct stat file {};
  if (stat(path.c_str(), &file) == 0) return stamp_of(file);
  return {0, 0, 0, 0, 0, static_cast<std::uint64_t>(errno)};
}

BuildLock::BuildLock(int memfd, bool wait) : memfd_(memfd), held_(set_lock(memfd, F_WRLCK, wait)) {}

BuildLock::~BuildLock() {
  struct flock unlock {};
  unlock.l_type = F_UNLCK;
  unlock.l_whence = SEEK_SET;
  if (held_) fcntl(memfd_, F_SETLK, &unlock);
}

std::shared_ptr<MapMemory::Control> MapMemory::map_control(int memfd) {
  void* page = mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
  if (page == MAP_FAILED) fail("mapping shared memory");
  return {static_cast<Control*>(page), [](Control* control) { munmap(control, sizeof *control); }};
}

MapMemory::MapMemory(int memfd) : memfd_(memfd) {
  if (memfd < 0 || !adopt()) create();
}

bool MapMemory::adopt() {
  int seals = fcntl(memfd_, F_GET_SEALS);
  if (seals < 0 || (seals & F_SEAL_SHRINK) == 0 || size_of_file(memfd_) < kAlignment) return false;
  control_ = map_control(memfd_);
  if (control_->magic.load() != kControlMagic) return false;
  try {
    map_image();
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

void MapMemory::create() {
  Descriptor memfd(memfd_create("certmap", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (memfd.get() < 0) fail("memfd_create");
  if (ftruncate(memfd.get(), kAlignment) != 0) fail("sizing shared memory");
  if (int error = posix_fallocate(memfd.get(), 0, sizeof(Control)); error != 0)
    throw std::system_error(error, std::generic_category(), "reserving shared memory");
  // Whoever else holds the descriptor could shrink it under a reader otherwise: SIGBUS.
  if (fcntl(memfd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL) != 0) fail("sealing");
  control_ = map_control(memfd.get());
  control_->magic.store(kControlMagic);
  memfd_ = memfd.release();
}

std::uint64_t MapMemory::generation() const { return control_->generation.load(); }

std::shared_ptr<const MapImage> MapMemory::map_image() const {
  for (;;) {
    std::uint64_t generation = this->generation();
    if (generation == 0) return nullptr;
    Place place = control_->place(generation).load();
    // A place is written anew only after the generation has risen.
    if (this->generation() != generation) continue;
    try {
      return map_image(generation, place);
    } catch (const std::runtime_error&) {
      if (this->generation() < generation + 2) throw;
    }
  }
}

std::shared_ptr<const MapImage> MapMemory::map_image(std::uint64_t generation,
                                                     const Place& place) const {
  std::uint64_t size = size_of_file(memfd_);
  if (place.length > size || place.offset > size - place.length)
    throw std::runtime_error("the shared memory of a map is damaged");
  void* start =
      mmap(nullptr, place.length, PROT_READ, MAP_SHARED, memfd_, static_cast<off_t>(place.offset));
  if (start == MAP_FAILED) fail("mapping a map image");
  std::shared_ptr<const void> keeper(
      start, [length = place.length](void* mapped) { munmap(mapped, length); });
  std::shared_ptr<const SharedNumber> in_force(control_, &control_->generation);
  return open_map_image({static_cast<const char*>(start), static_cast<std::size_t>(place.length)},
                        std::move(keeper), generation, std::move(in_force));
}

void MapMemory::publish(const std::array<std::string_view, 2>& parts) {
  std::uint64_t generation = this->generation();
  Place last = generation == 0 ? Place{0, sizeof(Control)} : control_->place(generation).load();
  Place next = {aligned(last.offset + last.length), parts[0].size() + parts[1].size()};
  try {
    write(next.offset, parts[0]);
    write(next.offset + parts[0].size(), parts[1]);
  } catch (const std::system_error&) {
    give_back(next.offset, aligned(size_of_file(memfd_)));
    throw;
  }
  control_->place(generation + 1).store(next);
  control_->generation.store(generation + 1);
  if (generation > 0) give_back(kAlignment, last.offset);
}

/// pwrite, because a store to a mapped page that cannot be had is SIGBUS.
void MapMemory::write(std::uint64_t offset, std::string_view octets) const {
  while (!octets.empty()) {
    ssize_t written = pwrite(memfd_, octets.data(), octets.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail("the shared memory for it cannot be had");
    octets.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
}

void MapMemory::give_back(std::uint64_t start, std::uint64_t end) const {
  if (start < end)
    fallocate(memfd_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(start),
              static_cast<off_t>(end - start));
}

MapStamp MapMemory::built() const { return load_stamp(control_->built); }
MapStamp MapMemory::tried() const { return load_stamp(control_->tried); }
void MapMemory::set_built(const MapStamp& stamp) { store_stamp(control_->built, stamp); }
void MapMemory::set_tried(const MapStamp& stamp) { store_stamp(control_->tried, stamp); }

}  // namespace certmap
