// Which of the certificates that an audit log has seen must be renewed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "tool/expiring/log.h"

namespace certmap {

/// Its texts live as long as the Sightings that it comes from.
struct ExpiringCertificate {
  /// Those that have no newer certificate instead; may be none.
  std::vector<std::string_view> accounts;
  std::string_view sha256;
  Sighting seen;
  /// When the newest certificate of its accounts ends, in seconds since 1970; 0: there is none.
  std::int64_t newer_until = 0;
  /// When the first certificate of its first account ends.
  std::int64_t soonest = 0;
};

struct ExpiringList {
  /// They stand by account, the account with the soonest first.
  std::vector<ExpiringCertificate> certificates;
  std::size_t renewed = 0;  ///< left out: a newer one has come in their place
};

/// Certificates that end within `days` from `now`, or have ended and were valid or seen within
/// `days` before it. One that its account did not use any more once a newer one was seen is
/// renewed.
ExpiringList expiring_certificates(const Sightings& sightings, std::int64_t now, std::int64_t days);

}  // namespace certmap
