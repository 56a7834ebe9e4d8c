// Images of CRLs by what they say, and the CAs that "signed" them.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/crl/judge.h"
#include "make_crl.h"

namespace certmap::test {

inline std::string number(std::string_view octets) {
  return extension("2.5.29.20", tlv(V_ASN1_INTEGER, octets));
}
inline std::string delta_of(std::string_view base) {
  return critical("2.5.29.27", tlv(V_ASN1_INTEGER, base));
}
/// An issuingDistributionPoint with these names, and then `fields`.
inline std::string scope_of(std::string_view names, std::string_view fields = {}) {
  const auto point = names.empty() ? std::string() : tlv(0xa0, tlv(0xa0, names));
  return critical("2.5.29.28", sequence(point + std::string(fields)));
}
inline const std::string kOnlyUsers = tlv(0x81, "\xff"), kOnlyCas = tlv(0x82, "\xff"),
                         kOnlySomeReasons = tlv(0x83, std::string("\x01\x40", 2)),
                         kOnlyAttributes = tlv(0x85, "\xff");
/// A distribution point of a certificate.
inline std::string point_of(std::string_view names) {
  return sequence(tlv(0xa0, tlv(0xa0, names)));
}
inline std::string points(std::string_view all) { return extension("2.5.29.31", sequence(all)); }

/// Names and keys are any texts here: images are not verified again.
inline CrlCa ca_of(const std::string& name, const std::string& key,
                   std::vector<std::size_t> issuers = {}, const std::string& issuer = {},
                   const std::string& serial = "root") {
  return {{name, key}, issuer.empty() ? name : issuer, serial, std::move(issuers)};
}

inline std::string crl_image(const Crl& crl, const CrlSigner& signer) {
  PageBuffer image;
  take_crl_entries(crl, signer, image);
  sort_crl_entries(image);
  return std::string(image.view());
}

class Images {
 public:
  const CrlImage* add(const CrlSpec& spec, const CrlSigner& signer = {"ca", "key"}) {
    static const Key any = make_key();
    const auto der = crl_der(spec, any);
    octets_.push_back(crl_image(read_crl(der, "a.crl"), signer));
    images_.emplace_back(octets_.back());
    all_.push_back(&images_.back());
    return all_.back();
  }
  std::vector<CrlSource> sources() const { return sources_of(all_); }
  CrlJudge judge(std::vector<CrlCa> cas = {ca_of("ca", "key", {0})}) const {
    return {std::move(cas), sources()};
  }

 private:
  std::deque<std::string> octets_;
  std::deque<CrlImage> images_;
  std::vector<const CrlImage*> all_;
};

}  // namespace certmap::test
