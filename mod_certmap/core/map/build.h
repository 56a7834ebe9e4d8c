// The text of a map file on its way to an image.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "core/map/image_builder.h"
#include "core/map/map_file.h"
#include "core/map/parser.h"

namespace certmap {

class MapBuild {
 public:
  void read(std::string_view text) { parser_.read(text); }
  /// Block by block, so that text and image are not in memory at once. Stops after `size` octets,
  /// and rests for `pause` after each block. Throws std::system_error.
  void read(int descriptor, std::uint64_t size, std::chrono::microseconds pause);
  MapLoad finish(std::string_view path);
  /// What makes up the image, one after the other.
  std::array<std::string_view, 2> parts() const { return builder_.parts(); }

 private:
  MapImageBuilder builder_;
  MapMessages messages_;
  MapParser parser_{[this](const MapLine& line) { builder_.add(line); }, messages_};
};

}  // namespace certmap
