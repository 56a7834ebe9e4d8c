// Revocation lists on the operator's page.
#pragma once

#include <string>

#include "httpd/status/measures.h"

namespace certmap {

/// Adds what is in force of each path of CertMapCRL, list by list.
void measure_crls(const Configuration& configuration, Measures& all);

/// A section for each path.
std::string crls_html(const Measures& all);

}  // namespace certmap
