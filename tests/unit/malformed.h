// The sentence for which a certificate made for a test is refused whole, and what it says.
#pragma once

#include <cppunit/extensions/HelperMacros.h>
#include <openssl/asn1.h>

#include <string>
#include <string_view>
#include <utility>

#include "make_certificate.h"

namespace certmap::test {

/// Empty where the certificate is read.
inline std::string malformed(const CertificateSpec& spec) {
  return make_certificate(spec).malformed.value_or("");
}

inline std::string malformed_alt_names(std::string_view names) {
  return with_alt_names(names).malformed.value_or("");
}

inline std::string malformed_cn(std::string value, int tag = V_ASN1_UTF8STRING) {
  return malformed(with_subject({{kCn, std::move(value), tag}}));
}

inline bool contains(const std::string& text, const char* part) {
  return text.find(part) != text.npos;
}

}  // namespace certmap::test

#define ASSERT_SAYS(part, sentence) \
  CPPUNIT_ASSERT_MESSAGE(sentence, certmap::test::contains(sentence, part))
