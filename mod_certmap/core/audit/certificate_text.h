// What every audit event says of the same certificate.
#pragma once

#include <string>

#include "core/certificate/certificate.h"

namespace certmap {

/// Values of fields, as JSON; empty: there is none.
struct CertificateText {
  explicit CertificateText(const Certificate& certificate);

  std::string sha256, subject, issuer, serial, not_before, not_after;
  std::string alt_names;  ///< only where they are few, and fit into a line
};

}  // namespace certmap
