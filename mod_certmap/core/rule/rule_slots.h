// The numbers under which a rule is counted.
#pragma once

#include <cstdint>

namespace certmap {

/// Where a rule is counted, and the directory that it asks (core/count/counters.h).
struct RuleSlots {
  static constexpr std::uint32_t kNoDirectory = ~0u;
  std::uint32_t rule = 0;
  std::uint32_t directory = kNoDirectory;
};

}  // namespace certmap
