// Entries of a map file that can never decide, because another key of the same file always hits
// first, or blocks, for every certificate that has theirs.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/map/map_file.h"
#include "core/map/parser.h"

namespace certmap {

/// Calls `found` with the line and a sentence for each of them. `image` is what the server makes of
/// `text`.
void for_each_shadowed(std::string_view text, const MapImage& image, std::int64_t now,
                       const std::function<void(std::uint32_t, std::string)>& found);

}  // namespace certmap
