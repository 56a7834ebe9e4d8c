#include "core/crl/coverage.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "crl_images.h"

using namespace certmap;
using namespace certmap::test;

namespace {

const std::string kA = uri("http://a/1"), kB = uri("ldap:///b");

class CoverageTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CoverageTest);
  CPPUNIT_TEST(crl_without_scope_covers_everybody);
  CPPUNIT_TEST(kinds_are_told_apart);
  CPPUNIT_TEST(some_reasons_cover_nobody);
  CPPUNIT_TEST(one_common_name_is_enough);
  CPPUNIT_TEST(who_has_no_distribution_points_is_covered_by_all);
  CPPUNIT_TEST(names_of_points_with_issuer_and_reasons_count);
  CPPUNIT_TEST(relative_names_are_compared_whole);
  CPPUNIT_TEST(damaged_points_are_covered_by_no_name);
  CPPUNIT_TEST_SUITE_END();

  static bool covers(const std::string& scope, const std::string& extensions = {}) {
    const auto der = crl_der({.extensions = scope}, make_key());
    const auto certificate = make_certificate({.extensions = extensions});
    return CoveredCertificate(certificate).is_covered_by(read_crl(der, "a.crl").scope);
  }

 public:
  void crl_without_scope_covers_everybody() {
    CPPUNIT_ASSERT(covers("") && covers("", points(point_of(kA))));
  }

  void kinds_are_told_apart() {
    const auto ca = extension("2.5.29.19", sequence(tlv(V_ASN1_BOOLEAN, "\xff")));
    CPPUNIT_ASSERT(covers(scope_of("", kOnlyUsers)) && !covers(scope_of("", kOnlyUsers), ca));
    CPPUNIT_ASSERT(!covers(scope_of("", kOnlyCas)) && covers(scope_of("", kOnlyCas), ca));
    CPPUNIT_ASSERT(!covers(scope_of("", kOnlyAttributes)));
  }

  void some_reasons_cover_nobody() { CPPUNIT_ASSERT(!covers(scope_of("", kOnlySomeReasons))); }

  void one_common_name_is_enough() {
    CPPUNIT_ASSERT(covers(scope_of(kA + kB), points(point_of(kB))));
    CPPUNIT_ASSERT(covers(scope_of(kA), points(point_of(kB) + point_of(kB + kA))));
    CPPUNIT_ASSERT(!covers(scope_of(kA), points(point_of(kB))));
    CPPUNIT_ASSERT(!covers(scope_of(kA), points(point_of(dns("http://a/1")))));
  }

  void who_has_no_distribution_points_is_covered_by_all() { CPPUNIT_ASSERT(covers(scope_of(kA))); }

  // FreeIPA's certificates name a cRLIssuer beside the URI.
  void names_of_points_with_issuer_and_reasons_count() {
    const auto point = sequence(tlv(0xa0, tlv(0xa0, kA)) + tlv(0x81, std::string("\x01\x40", 2)) +
                                tlv(0xa2, dirname({{"2.5.4.3", "Certificate Authority"}})));
    CPPUNIT_ASSERT(covers(scope_of(kA), points(point)));
    const auto nameless = sequence(tlv(0xa2, dirname({{"2.5.4.3", "CA"}})));
    CPPUNIT_ASSERT(!covers(scope_of(kA), points(nameless)) && covers("", points(nameless)));
  }

  void relative_names_are_compared_whole() {
    const auto relative = [](const char* text) {
      return tlv(0xa0, tlv(0xa1, sequence(tlv(V_ASN1_OBJECT, oid("2.5.4.3")) +
                                          tlv(V_ASN1_UTF8STRING, text))));
    };
    const auto scope = critical("2.5.29.28", sequence(relative("1")));
    CPPUNIT_ASSERT(covers(scope, points(sequence(relative("1")))));
    CPPUNIT_ASSERT(!covers(scope, points(sequence(relative("2")))));
  }

  void damaged_points_are_covered_by_no_name() {
    CPPUNIT_ASSERT(!covers(scope_of(kA), extension("2.5.29.31", "x")));
    CPPUNIT_ASSERT(!covers(scope_of(kA), points(point_of(kA) + "x")));
    CPPUNIT_ASSERT(covers("", extension("2.5.29.31", "x")));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CoverageTest);

}  // namespace
