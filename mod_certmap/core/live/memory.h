// The shared memory of one file that is read live: a memfd with a control page and images, each at
// an offset that was never used before.
//
//   control page | (hole, …) | image before | image in force
//
// A reader has a lock on the octets of each image that it has mapped. A writer holds a BuildLock,
// writes the image where nobody looks yet, then lets the generation rise; older images that nobody
// reads any more are given back as holes. All locks end with the process that has them.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/live/stamp.h"

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

/// What lies in such memory.
struct ImageFormat {
  std::uint64_t version;                   ///< rises with the layout of images
  void (*check)(std::string_view octets);  ///< throws std::runtime_error: this is no such image
};

/// The parts of which an image is put together, in their order.
using ImageParts = std::span<const std::string_view>;

/// An image as this process has it before it. `octets` live as long as `keeper`, which is null
/// while there is none.
struct MappedImage {
  std::string_view octets;
  std::shared_ptr<const void> keeper;
  std::uint64_t generation = 0;
};

/// Images are read by the process that mapped them: a fork would have to map its own.
class ImageMemory {
 public:
  /// Uses `memfd` where it is such memory, of this layout; makes new memory otherwise. The
  /// descriptor is left open. Throws std::system_error.
  explicit ImageMemory(const ImageFormat& format, int memfd = -1);

  int memfd() const { return memfd_; }
  std::uint64_t generation() const;
  /// The image in force, newly mapped. Throws std::system_error.
  MappedImage map_image();
  /// The same without a lock, so for the process that reads the configuration, which alone writes
  /// then; the octets are checked. Throws std::runtime_error.
  MappedImage peek() const;
  /// A copy of the image in force; empty where there is none. Throws std::runtime_error.
  std::string copy_image() const;

  /// Makes these octets, one part after the other, the next generation: this one where it is the
  /// first. Needs the lock. Throws std::system_error, and then nothing has changed.
  void publish(ImageParts parts, std::uint64_t first_generation);
  /// Gives back older images, but for those that some process reads. Needs the lock.
  void give_back_old();
  bool has_old() const;

  /// What passed until then was told, in seconds since 1970.
  std::int64_t told_until() const;
  /// True in the one process that moves it from `before` to `now`.
  bool tell_until(std::int64_t before, std::int64_t now);

  /// The file that the image in force was built from, and the one that was last tried.
  FileStamp built() const;
  FileStamp tried() const;
  void set_built(const FileStamp& stamp);
  void set_tried(const FileStamp& stamp);
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
  std::uint64_t magic() const;
  bool adopt();
  void create();
  std::shared_ptr<const void> map(const Place& place) const;
  std::shared_ptr<const void> lock_and_map(const Place& place);
  std::optional<Place> held_in(std::uint64_t start, std::uint64_t end);
  void write(std::uint64_t offset, std::string_view octets) const;
  void give_back(std::uint64_t start, std::uint64_t end) const;

  const ImageFormat format_;
  int memfd_ = -1;
  std::shared_ptr<Control> control_;
  std::mutex mapped_mutex_;
  std::vector<Mapped> mapped_;  ///< by this process: the kernel does not tell it of its own locks
};

}  // namespace certmap
