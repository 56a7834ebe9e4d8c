// A map file as a table that is searched where it lies: in memory that processes share.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "core/map/map_file.h"

namespace certmap {

/// Opens an image that MapImageBuilder made. `octets` live as long as `keeper`. Throws
/// std::runtime_error where `octets` are no such image.
std::shared_ptr<const MapImage> open_map_image(std::string_view octets,
                                               std::shared_ptr<const void> keeper,
                                               std::uint64_t generation);

}  // namespace certmap
