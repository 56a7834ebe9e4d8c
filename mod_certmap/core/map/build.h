// The text of a map file on its way to an image.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "core/live/live_file.h"
#include "core/map/image_builder.h"
#include "core/map/parser.h"

namespace certmap {

/// Owns the parser, the image under construction and what is wrong with the text: whoever reads a
/// map file as the server does, reads it with this. For one thread.
class MapBuild {
 public:
  /// `entry` is called with each line that the image has taken. Of errors and of warnings the first
  /// `most` are kept.
  explicit MapBuild(std::function<void(const MapLine&)> entry = {},
                    std::size_t most = kMaxMapMessages);
  MapBuild(const MapBuild&) = delete;
  MapBuild& operator=(const MapBuild&) = delete;

  void read(std::string_view text) { parser_.read(text); }
  /// Block by block, so that text and image are not in memory at once. Stops after `size` octets,
  /// and rests for `pause` after each block. Throws std::system_error.
  void read(int descriptor, std::uint64_t size, std::chrono::microseconds pause);
  /// Ends the image, which finds the keys that stand there twice.
  void finish() { builder_.finish(parser_.kinds(), messages_.errors); }
  /// The same; answers the messages as the server's log has them.
  FileLoad finish(std::string_view path);
  MapMessages& messages() { return messages_; }
  const std::vector<MapKind>& kinds() const { return parser_.kinds(); }
  /// The parts of the image, one after the other; the views end with this object.
  std::array<std::string_view, 2> parts() const { return builder_.parts(); }

 private:
  void add(const MapLine& line);

  const std::function<void(const MapLine&)> entry_;
  MapImageBuilder builder_;
  MapMessages messages_;
  MapParser parser_;
};

}  // namespace certmap
