// Whom a complete CRL covers, by its issuingDistributionPoint (RFC 5280 section 5.2.5).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/certificate/certificate.h"
#include "core/crl/crl.h"

namespace certmap {

/// A certificate's side of it, read from its extensions when the first CRL asks.
class CoveredCertificate {
 public:
  explicit CoveredCertificate(const Certificate& certificate) : certificate_(certificate) {}

  bool is_covered_by(const CrlScope& scope);

 private:
  bool has_one_of(const std::vector<std::string>& names);

  const Certificate& certificate_;
  std::optional<std::vector<std::string>> points_;  ///< DER of their names; none yet read
  bool has_points_ = false;
};

}  // namespace certmap
