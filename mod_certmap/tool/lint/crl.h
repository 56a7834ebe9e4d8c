// What `certmapctl lint` says of CRLs.
#pragma once

#include <openssl/x509.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace certmap {

/// CAs of --issued-by; empty: signatures are not checked.
using CrlIssuers = std::optional<std::vector<std::shared_ptr<X509>>>;

/// Prints errors and warnings of each CRL, and what it is. Answers the exit status.
int lint_crls(const std::string& content, const std::string& name, const CrlIssuers& issuers);

}  // namespace certmap
