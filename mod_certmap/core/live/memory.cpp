#include "core/live/memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <stdexcept>
#include <system_error>
#include <tuple>

#include "core/live/descriptor.h"
#include "core/live/octet_lock.h"

namespace certmap {
namespace {

/// How many locks of readers are looked at to find what can be given back.
constexpr int kMostLooks = 256;
/// Images begin at multiples of this: it is one of every page size in use.
constexpr std::uint64_t kAlignment = 64 * 1024;
/// Changes with the layout of the control page.
constexpr std::uint64_t kControlMagic = 0x33706d7472656300;

using StampNumbers = std::array<std::uint64_t, sizeof(FileStamp) / sizeof(std::uint64_t)>;
using SharedStamp = std::array<SharedNumber, std::tuple_size_v<StampNumbers>>;

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::uint64_t aligned(std::uint64_t offset) {
  return (offset + kAlignment - 1) / kAlignment * kAlignment;
}

FileStamp load_stamp(const SharedStamp& shared) {
  StampNumbers numbers;
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = shared[i].load();
  return std::bit_cast<FileStamp>(numbers);
}

void store_stamp(SharedStamp& shared, const FileStamp& stamp) {
  const auto numbers = std::bit_cast<StampNumbers>(stamp);
  for (std::size_t i = 0; i < numbers.size(); ++i) shared[i].store(numbers[i]);
}

std::uint64_t size_of_file(int descriptor) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0) fail("fstat of shared memory");
  return static_cast<std::uint64_t>(status.st_size);
}

std::string_view octets_at(const std::shared_ptr<const void>& start, std::uint64_t length) {
  return {static_cast<const char*>(start.get()), static_cast<std::size_t>(length)};
}

}  // namespace

struct ImageMemory::Control {
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
  SharedNumber freed;     ///< what lies below was given back, or is the control page
  SharedNumber retry_at, writing_seen, superseded;
  std::atomic<std::int64_t> told_until;
  SharedStamp built, tried;

  SharedPlace& place(std::uint64_t of_generation) { return places[of_generation % 2]; }
};

/// The control page's first octet stands for the right to build.
BuildLock::BuildLock(int memfd) : memfd_(memfd), held_(set_lock(memfd, lock_on(F_WRLCK, 0, 1))) {}

BuildLock::~BuildLock() {
  struct flock unlock = lock_on(F_UNLCK, 0, 1);
  if (held_) fcntl(memfd_, F_SETLK, &unlock);
}

std::shared_ptr<ImageMemory::Control> ImageMemory::map_control(int memfd) {
  void* page = mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
  if (page == MAP_FAILED) fail("mapping shared memory");
  return {static_cast<Control*>(page), [](Control* control) { munmap(control, sizeof *control); }};
}

std::uint64_t ImageMemory::magic() const { return kControlMagic + format_.version; }

ImageMemory::ImageMemory(const ImageFormat& format, int memfd) : format_(format), memfd_(memfd) {
  if (memfd < 0 || !adopt()) create();
}

bool ImageMemory::adopt() {
  int seals = fcntl(memfd_, F_GET_SEALS);
  if (seals < 0 || (seals & F_SEAL_SHRINK) == 0 || size_of_file(memfd_) < kAlignment) return false;
  control_ = map_control(memfd_);
  if (control_->magic.load() != magic()) return false;
  try {
    peek();
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

void ImageMemory::create() {
  Descriptor memfd(memfd_create("certmap", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (memfd.get() < 0) fail("memfd_create");
  if (ftruncate(memfd.get(), kAlignment) != 0) fail("sizing shared memory");
  if (int error = posix_fallocate(memfd.get(), 0, sizeof(Control)); error != 0)
    throw std::system_error(error, std::generic_category(), "reserving shared memory");
  // Whoever else holds the descriptor could shrink it under a reader otherwise: SIGBUS.
  if (fcntl(memfd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_SEAL) != 0) fail("sealing");
  control_ = map_control(memfd.get());
  control_->magic.store(magic());
  control_->freed.store(kAlignment);
  memfd_ = memfd.release();
}

std::uint64_t ImageMemory::generation() const { return control_->generation.load(); }

MappedImage ImageMemory::map_image() {
  for (;;) {
    std::uint64_t generation = this->generation();
    if (generation == 0) return {};
    Place place = control_->place(generation).load();
    // A place is written anew only after the generation has risen.
    if (this->generation() != generation) continue;
    auto keeper = lock_and_map(place);
    // From here on a writer sees the lock before it gives the image back.
    if (this->generation() != generation) continue;
    return {octets_at(keeper, place.length), keeper, generation};
  }
}

MappedImage ImageMemory::peek() const {
  const std::uint64_t generation = this->generation();
  if (generation == 0) return {};
  const Place place = control_->place(generation).load();
  const auto keeper = map(place);
  const auto octets = octets_at(keeper, place.length);
  format_.check(octets);
  return {octets, keeper, generation};
}

std::shared_ptr<const void> ImageMemory::map(const Place& place) const {
  std::uint64_t size = size_of_file(memfd_);
  if (place.length > size || place.offset > size - place.length)
    throw std::runtime_error("shared memory is damaged");
  void* start =
      mmap(nullptr, place.length, PROT_READ, MAP_SHARED, memfd_, static_cast<off_t>(place.offset));
  if (start == MAP_FAILED) fail("mapping an image");
  return {start, [length = place.length](void* mapped) { munmap(mapped, length); }};
}

std::shared_ptr<const void> ImageMemory::lock_and_map(const Place& place) {
  if (!set_lock(memfd_, lock_on(F_RDLCK, place.offset, place.length))) fail("lock on an image");
  auto unlock = [memfd = memfd_, place](const void*) {
    struct flock lock = lock_on(F_UNLCK, place.offset, place.length);
    fcntl(memfd, F_SETLK, &lock);
  };
  std::shared_ptr<const void> lock(this, unlock);
  auto mapped = map(place);
  std::shared_ptr<const void> keeper(mapped.get(), [mapped, lock](const void*) mutable {
    mapped.reset();
    lock.reset();
  });
  std::lock_guard one_thread(mapped_mutex_);
  mapped_.push_back({keeper, place});
  return keeper;
}

/// Without a lock, which others may keep from being had.
std::string ImageMemory::copy_image() const {
  const std::uint64_t generation = this->generation();
  if (generation == 0) return {};
  const Place place = control_->place(generation).load();
  const auto mapped = map(place);
  std::string octets(octets_at(mapped, place.length));
  format_.check(octets);
  if (this->generation() != generation)
    throw std::runtime_error("the image was replaced while it was copied");
  return octets;
}

void ImageMemory::publish(ImageParts parts, std::uint64_t first_generation) {
  std::uint64_t generation = this->generation();
  Place last = generation == 0 ? Place{0, sizeof(Control)} : control_->place(generation).load();
  Place next = {aligned(last.offset + last.length), 0};
  try {
    for (const auto part : parts) {
      write(next.offset + next.length, part);
      next.length += part.size();
    }
  } catch (const std::system_error&) {
    give_back(next.offset, aligned(size_of_file(memfd_)));
    throw;
  }
  std::uint64_t risen = generation == 0 ? first_generation : generation + 1;
  control_->place(risen).store(next);
  control_->generation.store(risen);
  give_back_old();
}

bool ImageMemory::has_old() const {
  std::uint64_t generation = this->generation();
  return generation > 0 && control_->freed.load() < control_->place(generation).load().offset;
}

void ImageMemory::give_back_old() {
  if (!has_old()) return;
  std::uint64_t start = control_->freed.load();
  const std::uint64_t end = control_->place(generation()).load().offset;
  // A process that was taken over can have any number of locks.
  for (int looks = kMostLooks; start < end && looks > 0;) {
    Place first{end, 0};
    for (auto held = held_in(start, end); held && looks > 0; --looks) {
      first = {std::max(start, held->offset), held->length};
      held = held_in(start, first.offset);
    }
    if (looks == 0) return;
    give_back(start, first.offset);
    if (start == control_->freed.load()) control_->freed.store(first.offset);
    if (first.length == 0) return;
    start = aligned(first.offset + first.length);
  }
}

/// One of the images there that this process or another reads.
std::optional<ImageMemory::Place> ImageMemory::held_in(std::uint64_t start, std::uint64_t end) {
  if (start >= end) return std::nullopt;
  std::lock_guard one_thread(mapped_mutex_);
  std::erase_if(mapped_, [](const Mapped& mapped) { return mapped.keeper.expired(); });
  for (const auto& [keeper, place] : mapped_)
    if (place.offset < end && place.offset + place.length > start) return place;
  struct flock lock = lock_on(F_WRLCK, start, end - start);
  if (fcntl(memfd_, F_GETLK, &lock) != 0) return Place{start, 0};
  if (lock.l_type == F_UNLCK) return std::nullopt;
  return Place{static_cast<std::uint64_t>(lock.l_start), static_cast<std::uint64_t>(lock.l_len)};
}

/// pwrite, because a store to a mapped page that cannot be had is SIGBUS.
void ImageMemory::write(std::uint64_t offset, std::string_view octets) const {
  while (!octets.empty()) {
    ssize_t written = pwrite(memfd_, octets.data(), octets.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail("the shared memory for it cannot be had");
    octets.remove_prefix(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
}

void ImageMemory::give_back(std::uint64_t start, std::uint64_t end) const {
  if (start < end)
    fallocate(memfd_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off_t>(start),
              static_cast<off_t>(end - start));
}

std::int64_t ImageMemory::told_until() const { return control_->told_until.load(); }
bool ImageMemory::tell_until(std::int64_t before, std::int64_t now) {
  return control_->told_until.compare_exchange_strong(before, now);
}
FileStamp ImageMemory::built() const { return load_stamp(control_->built); }
FileStamp ImageMemory::tried() const { return load_stamp(control_->tried); }
void ImageMemory::set_built(const FileStamp& stamp) { store_stamp(control_->built, stamp); }
void ImageMemory::set_tried(const FileStamp& stamp) {
  store_stamp(control_->tried, stamp);
  control_->writing_seen.store(0);
}
std::uint64_t ImageMemory::retry_at() const { return control_->retry_at.load(); }
void ImageMemory::set_retry_at(std::uint64_t moment) { control_->retry_at.store(moment); }
bool ImageMemory::is_first_to_see_writing() { return control_->writing_seen.exchange(1) == 0; }
bool ImageMemory::superseded() const { return control_->superseded.load() != 0; }
void ImageMemory::set_superseded() { control_->superseded.store(1); }

}  // namespace certmap
