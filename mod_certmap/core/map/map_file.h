// A map file (docs/map-file.md) as a table in memory that all processes share.
//
// One process reads the text and builds an image; every other process maps that image read-only.
// Image and control page live in one memfd: descendants of the process that made it inherit the
// descriptor, so a process that is already running finds an image that was built after its fork.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/map/image.h"

namespace certmap {

/// What reading a file gave: nothing wrong, or every error as `PATH:LINE: what is wrong`.
struct MapLoad {
  bool changed = false;  ///< a new generation is in force
  std::vector<std::string> errors;
  std::vector<std::string> warnings;  ///< blocks by certificate digest
  bool news = false;                  ///< the file is not in the state in which it was tried before
  bool being_written = false;         ///< it waits until the file rests; told to one process, once
};

/// Why the server does not read a file of this owner and mode; empty: it does. `owner` is the user
/// who starts httpd.
std::vector<std::string> map_file_refusals(const std::string& path, const struct stat& file,
                                           uid_t owner);

/// What load() would say of a file with this text; nothing is shared, and nothing comes into force.
MapLoad check_map_text(std::string_view path, std::string_view text);

/// One map file and its image. The object is per process and configuration, and safe for any number
/// of threads; the memfd outlives it.
class MapFile {
 public:
  /// `memfd` from an earlier MapFile of the same path, or -1 to make one. For one that is not ours,
  /// or of another layout, new memory is made: memfd() is then another. Throws std::system_error
  /// where shared memory cannot be had. Does not read the file.
  MapFile(std::string path, uid_t owner, int memfd = -1);
  /// The same over a restart, where processes may have been taken over that can write to `memfd`:
  /// new memory is made, and the old one is asked only where the file is bad. Closes `memfd`, when
  /// the file was loaded.
  static std::shared_ptr<MapFile> open_anew(std::string path, uid_t owner, int memfd);
  ~MapFile();
  MapFile(const MapFile&) = delete;
  MapFile& operator=(const MapFile&) = delete;

  const std::string& path() const;
  /// The descriptor to hand to the next MapFile of this path; the caller owns it.
  int memfd() const;

  /// When the configuration is read: reads the file where it differs from what the image was built
  /// from, and puts the new image in force. An error leaves the old image in force. Waits, five
  /// seconds at most, for a file that is being written in place of one that was read before.
  MapLoad load();
  /// While the server runs, from any number of processes, again and again: reads the file where it
  /// changed and rests, in the first process to see it; lets go of images that are no longer
  /// needed.
  MapLoad reload(std::chrono::steady_clock::time_point now = std::chrono::steady_clock::now());

  /// Rises by one with each image; 0: there is none yet. One atomic load.
  std::uint64_t generation() const;
  /// The image in force; null while there is none. Can be read as long as it is held.
  std::shared_ptr<const MapImage> image() const;

 private:
  struct State;
  explicit MapFile(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace certmap
