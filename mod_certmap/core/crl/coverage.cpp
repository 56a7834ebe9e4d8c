#include "core/crl/coverage.h"

#include <openssl/asn1.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <string_view>

#include "core/certificate/der.h"
#include "core/crl/fields.h"

namespace certmap {
namespace {

constexpr std::string_view kDistributionPoints = "\x55\x1d\x1f";

// Names of points with reasons or a cRLIssuer count as well: FreeIPA names one that signs nothing.
// What is damaged has no names, so that no CRL with names covers it.
std::vector<std::string> names_of_points(std::string_view extension) {
  std::vector<std::string> names;
  DerReader reader(extension);
  DerReader points(reader.read(V_ASN1_SEQUENCE).value_or(""));
  while (const auto point = points.read(V_ASN1_SEQUENCE)) {
    DerReader fields(*point);
    const auto name = fields.read_context(0);
    if (name && !read_point_names(*name, names)) return {};
  }
  return points.at_end() ? names : std::vector<std::string>();
}

bool is_ca(const Certificate& certificate) {
  return (X509_get_extension_flags(certificate.x509.get()) & EXFLAG_CA) != 0;
}

}  // namespace

bool CoveredCertificate::has_one_of(const std::vector<std::string>& names) {
  if (!points_) {
    points_.emplace();
    for (const auto& extension : certificate_.extensions) {
      if (extension.oid != kDistributionPoints) continue;
      has_points_ = true;
      points_ = names_of_points(extension.value);
    }
  }
  return !has_points_ || std::ranges::find_first_of(*points_, names) != points_->end();
}

bool CoveredCertificate::is_covered_by(const CrlScope& scope) {
  if (scope.only_attributes || scope.only_some_reasons) return false;
  if (scope.only_users && is_ca(certificate_)) return false;
  if (scope.only_cas && !is_ca(certificate_)) return false;
  return scope.names.empty() || has_one_of(scope.names);
}

}  // namespace certmap
