// The shared memory of one map file: a memfd with a control page and images, each at an offset that
// was never used before.
//
//   control page | (hole, …) | image before | image in force
//
// Readers need no lock. A writer holds a BuildLock, writes the image where nobody looks yet, then
// lets the generation rise; what lies below the image before the new one is given back as a hole.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "core/map_file.h"

namespace certmap {

using SharedNumber = std::atomic<std::uint64_t>;
static_assert(SharedNumber::is_always_lock_free && sizeof(SharedNumber) == 8);

/// Which file, in which state: device, inode, size, mtime, ctime (ns); or the error of stat().
using MapStamp = std::array<std::uint64_t, 6>;
MapStamp stamp_of(const struct stat& file);
MapStamp stamp_of(const std::string& path);

/// A file descriptor that is closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  int get() const { return descriptor_; }
  int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

/// Keeps other processes from building an image of the same file. A process-wide lock: a process
/// that shares one memfd between objects must not build in two threads.
class BuildLock {
 public:
  BuildLock(int memfd, bool wait);
  BuildLock(const BuildLock&) = delete;
  BuildLock& operator=(const BuildLock&) = delete;
  ~BuildLock();
  bool held() const { return held_; }

 private:
  int memfd_;
  bool held_;
};

class MapMemory {
 public:
  /// Uses `memfd` where it is such memory, of this layout; makes new memory otherwise. The
  /// descriptor is left open. Throws std::system_error.
  explicit MapMemory(int memfd);

  int memfd() const { return memfd_; }
  std::uint64_t generation() const;
  /// The image in force, newly mapped; null while there is none. Throws.
  std::shared_ptr<const MapImage> map_image() const;

  /// Makes these octets, one part after the other, the next generation. Needs the lock. Throws
  /// std::system_error, and then nothing has changed.
  void publish(const std::array<std::string_view, 2>& parts);

  /// The file that the image in force was built from, and the one that was last tried.
  MapStamp built() const;
  MapStamp tried() const;
  void set_built(const MapStamp& stamp);
  void set_tried(const MapStamp& stamp);

 private:
  struct Control;
  struct Place;

  static std::shared_ptr<Control> map_control(int memfd);
  bool adopt();
  void create();
  std::shared_ptr<const MapImage> map_image(std::uint64_t generation, const Place& place) const;
  void write(std::uint64_t offset, std::string_view octets) const;
  void give_back(std::uint64_t start, std::uint64_t end) const;

  int memfd_ = -1;
  std::shared_ptr<Control> control_;
};

}  // namespace certmap
