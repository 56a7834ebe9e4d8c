// Which CRLs have passed their nextUpdate.
#pragma once

#include <cstdint>
#include <vector>

#include "core/crl/pack.h"
#include "core/live/live_file.h"

namespace certmap {

/// Of a file, those that had until `moment`, in seconds since 1970.
std::vector<RunOut> run_out_until(const PackedFile& file, std::int64_t moment);
/// Of a pack, those that have between `told` and `now`; of deltas only the last is waited for.
std::vector<RunOut> run_out_between(const CrlPack& pack, std::int64_t told, std::int64_t now);

}  // namespace certmap
