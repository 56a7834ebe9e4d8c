// A map file (docs/map-file.md) as a table in memory that all processes share.
//
// One process reads the text and builds an image; every other process maps that image read-only.
// Image and control page live in one memfd: descendants of the process that made it inherit the
// descriptor, so a process that is already running finds an image that was built after its fork.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/live/live_image.h"
#include "core/live/stamp.h"
#include "core/map/image.h"

namespace certmap {

/// Why the server does not read a file of this owner and mode; empty: it does. `owner` is the user
/// who starts httpd.
std::vector<std::string> map_file_refusals(const std::string& path, const struct stat& file,
                                           uid_t owner);

/// One map file and its image.
class MapFile : public LiveImage<MapImage> {
 public:
  /// `memfd` from an earlier MapFile of the same path, or -1 to make one. For one that is not ours,
  /// or of another layout, new memory is made: memfd() is then another. Throws std::system_error
  /// where shared memory cannot be had. Does not read the file. `anew`: over a restart, where
  /// processes may have been taken over that can write to `memfd`: new memory is made, and the old
  /// one is asked only where the file is bad; it is closed when the file was loaded.
  MapFile(std::string path, uid_t owner, int memfd = -1, bool anew = false);

  /// When the configuration is read: reads the file where it differs from what the image was built
  /// from, and puts the new image in force. An error leaves the old image in force. Waits, five
  /// seconds at most, for a file that is being written in place of one that was read before.
  FileLoad load();
  /// While the server runs, from any number of processes, again and again: reads the file where it
  /// changed and rests, in the first process to see it; lets go of images that are no longer
  /// needed.
  FileLoad reload(Moment now = std::chrono::steady_clock::now());

  std::vector<FileLoad> load_all() override { return {load()}; }
  std::vector<FileLoad> reload_all() override { return {reload()}; }

  /// The image in force; null while there is none. Can be read as long as it is held.
  std::shared_ptr<const MapImage> image() const { return generation() > 0 ? in_force() : nullptr; }

 private:
  FileLoad load_settled();
  bool must_wait_for(const FileStamp& file) const;
  std::optional<FileLoad> try_to_load(const std::function<bool(const FileStamp&)>& may_read);
  std::optional<FileLoad> read_and_build(int descriptor, const FileStamp& before);
  bool put_in_force(ImageParts parts, const FileStamp& stamp);
  FileLoad keep_image(const FileStamp& stamp, std::vector<std::string> errors);
  FileLoad keep_image_and_retry(const FileStamp& stamp, std::vector<std::string> errors);

  const uid_t owner_;
  FileRest rest_;
};

}  // namespace certmap
