// Rules that are tried beside what is in force (docs/directives.md, CertMapTrial).
#pragma once

#include <memory>
#include <string>

#include "core/rule/decision.h"

namespace certmap {

/// What a request came to, whoever decided it.
struct RequestOutcome {
  std::string account;                       ///< empty: it has none
  std::shared_ptr<const Decision> decision;  ///< of CertMap; null: it made none
  bool is_mapped = false;                    ///< the account is the decision's
  bool is_kept_out = false;                  ///< it was not let in
};

/// Whether the tried rules would have left the request as it is. Groups are compared only where
/// both come from CertMap: nobody else has some that it knows of.
bool is_same(const Decision& tried, const RequestOutcome& in_force);

}  // namespace certmap
