// scan_map() on all processors.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tool/mapfile/map_scan.h"

namespace certmap {

/// Empty where the text may have errors: then somebody reads it from the front to name them.
std::optional<MapScan> scan_in_parts(std::string_view text, const KeysOfKind& wanted);

/// The keys that are looked for, by MapLine::kind_index of one parser.
class WantedKeys {
 public:
  explicit WantedKeys(const KeysOfKind& wanted) : wanted_(wanted) {}
  bool contain(const MapLine& line);

 private:
  struct Keys {
    bool asked = false;
    std::vector<std::string> keys;
  };

  const KeysOfKind& wanted_;
  std::vector<Keys> keys_;
};

MapHit hit_of(const MapLine& line);

}  // namespace certmap
