// Names as subjects of certificates made from their entries, as texts, and as the keys that
// compare.
#pragma once

#include <string>
#include <string_view>

#include "core/certificate/name.h"
#include "make_certificate.h"

namespace certmap::test {

/// The subject of a certificate that has them.
inline Name read(const Entries& entries) {
  CertificateSpec spec;
  spec.subject = entries;
  return make_certificate(spec).subject;
}

inline std::string rfc4514(const Entries& entries) {
  return to_text(read(entries), NameStyle::Rfc4514);
}

inline std::string key_of_text(const char* text) { return comparison_key(parse_name(text)); }
inline std::string key(const Entries& entries) { return comparison_key(read(entries)); }

/// The octets of a BMPString.
inline std::string utf16(std::string_view ascii) {
  std::string wide;
  for (const char c : ascii) wide += std::string(1, '\0') + c;
  return wide;
}

}  // namespace certmap::test
