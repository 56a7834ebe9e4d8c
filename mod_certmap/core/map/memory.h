// The shared memory of one map file: a memfd with a control page and images, each at an offset that
// was never used before.
//
//   control page | (hole, …) | image before | image in force
//
// A reader has a lock on the octets of each image that it has mapped. A writer holds a BuildLock,
// writes the image where nobody looks yet, then lets the generation rise; older images that nobody
// reads any more are given back as holes. All locks end with the process that has them.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/map/map_file.h"
#include "core/map/stamp.h"

namespace certmap {

using SharedNumber = std::atomic<std::uint64_t>;
static_assert(SharedNumber::is_always_lock_free && sizeof(SharedNumber) == 8);

/// Keeps other processes from building an image of the same file; never waits for one that does. A
/// process-wide lock: a process that shares one memfd between objects must not build in two
/// threads.
class BuildLock {
 public:
  explicit BuildLock(int memfd);
  BuildLock(const BuildLock&) = delete;
  BuildLock& operator=(const BuildLock&) = delete;
  ~BuildLock();
  bool held() const { return held_; }

 private:
  int memfd_;
  bool held_;
};

/// Images are read by the process that mapped them: a fork would have to map its own.
class MapMemory {
 public:
  /// Uses `memfd` where it is such memory, of this layout; makes new memory otherwise. The
  /// descriptor is left open. Throws std::system_error.
  explicit MapMemory(int memfd = -1);

  int memfd() const { return memfd_; }
  std::uint64_t generation() const;
  /// The image in force, newly mapped; null while there is none. Throws std::system_error,
  /// and std::runtime_error where it is damaged.
  std::shared_ptr<const MapImage> map_image();
  /// A copy of the image in force; empty where there is none. Throws std::runtime_error.
  std::string copy_image() const;

  /// Makes these octets, one part after the other, the next generation: this one where it is the
  /// first. Needs the lock. Throws std::system_error, and then nothing has changed.
  void publish(const std::array<std::string_view, 2>& parts, std::uint64_t first_generation);
  /// Gives back older images, but for those that some process reads. Needs the lock.
  void give_back_old();
  bool has_old() const;

  /// The file that the image in force was built from, and the one that was last tried.
  MapStamp built() const;
  MapStamp tried() const;
  void set_built(const MapStamp& stamp);
  void set_tried(const MapStamp& stamp);
  /// When, by the steady clock, the same state of the file is to be tried again; 0: never.
  std::uint64_t retry_at() const;
  void set_retry_at(std::uint64_t moment);
  /// True for the first who asks since a state of the file was tried.
  bool is_first_to_see_writing();
  /// True where a later reading of the configuration has made memory of its own.
  bool superseded() const;
  void set_superseded();

 private:
  struct Control;
  struct Place {
    std::uint64_t offset, length;
  };
  struct Mapped {
    std::weak_ptr<const void> keeper;
    Place place;
  };

  static std::shared_ptr<Control> map_control(int memfd);
  bool adopt();
  void create();
  std::shared_ptr<const void> map(const Place& place) const;
  std::shared_ptr<const void> lock_and_map(const Place& place);
  std::optional<Place> held_in(std::uint64_t start, std::uint64_t end);
  void write(std::uint64_t offset, std::string_view octets) const;
  void give_back(std::uint64_t start, std::uint64_t end) const;

  int memfd_ = -1;
  std::shared_ptr<Control> control_;
  std::mutex mapped_mutex_;
  std::vector<Mapped> mapped_;  ///< by this process: the kernel does not tell it of its own locks
};

}  // namespace certmap
