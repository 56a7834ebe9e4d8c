// Account sources that count their lookups.
#pragma once

#include <cstdint>
#include <memory>

#include "core/count/counters.h"
#include "core/rule/account_source.h"

namespace certmap {

/// `source`, of CertMapFile, counted under this number. `counters` must outlive it.
std::unique_ptr<AccountSource> count_map(std::unique_ptr<AccountSource> source,
                                         const Counters& counters, std::uint32_t slot);

/// `source`, of CertMapLDAPURL, likewise.
std::unique_ptr<AccountSource> count_directory(std::unique_ptr<AccountSource> source,
                                               const Counters& counters, std::uint32_t slot);

}  // namespace certmap
