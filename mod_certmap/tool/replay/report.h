// What a replay has found, for people and for programs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tool/replay/compare.h"

namespace certmap {

/// One certificate at one place.
struct Replayed {
  std::string sha256, subject;  ///< a certificate that is not kept has no subject
  AskedPlace place;
  std::int64_t seen = 0;  ///< seconds since 1970
  Comparison comparison;
};

struct ReplayReport {
  std::vector<Replayed> all;  ///< but for those that are as they were
  std::array<std::size_t, kChanges> counts{};
  std::size_t left_out = 0;
  std::size_t successes = 0;  ///< among the last events

  std::size_t count(Change change) const { return counts[static_cast<std::size_t>(change)]; }
  /// certmapctl's exit status.
  int exit() const;
};

std::string replay_text(const ReplayReport& report);
std::string replay_json(const ReplayReport& report);

}  // namespace certmap
