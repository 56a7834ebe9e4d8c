// Which certificates' holders must hear of their end now, and where they can be reached.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tool/expiring/list.h"
#include "tool/notify/state.h"
#include "tool/notify/template.h"

namespace certmap {

struct Notice {
  ExpiringCertificate certificate;
  int days;       ///< whole days left
  int threshold;  ///< the smallest that is reached
  std::string address;
  std::string why_none;  ///< why there is no address; empty: there is one
};

struct NotifyPlan {
  std::int64_t now;
  std::vector<int> thresholds;   ///< in days, ascending, at least one
  std::optional<FilledText> to;  ///< of {account}; none: the certificate's own address

  /// Days left are rounded down: a certificate with 30 of them ends in less than 31.
  int horizon_days() const { return thresholds.back() + 1; }
};

/// Of the certificates that expiring_certificates() lists those that gave an account, have not
/// ended, and whose last event is no refusal, where the smallest threshold that is reached was not
/// sent.
std::vector<Notice> due_notices(const Sightings& sightings, const NotifyPlan& plan,
                                const NotifyState& state);

}  // namespace certmap
