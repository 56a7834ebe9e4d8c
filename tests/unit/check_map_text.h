// What is wrong with the text of a map file.
#pragma once

#include <string_view>

#include "core/live/live_file.h"
#include "core/map/build.h"

namespace certmap::test {

/// What MapFile::load() would say of a file "m" with this text.
inline FileLoad check_map_text(std::string_view text) {
  MapBuild build;
  build.read(text);
  return build.finish("m");
}

}  // namespace certmap::test
