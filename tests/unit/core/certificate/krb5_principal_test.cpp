#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "core/certificate/certificate.h"
#include "extension_values.h"
#include "make_certificate.h"
#include "malformed.h"

namespace certmap::test {

using namespace std::string_literals;

class Krb5PrincipalTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(Krb5PrincipalTest);
  CPPUNIT_TEST(krb5_principals_are_escaped);
  CPPUNIT_TEST(empty_parts_of_a_principal_are_malformed);
  CPPUNIT_TEST_SUITE_END();

 public:
  void krb5_principals_are_escaped() {
    const auto certificate =
        with_alt_names(other_name(kKrb5, principal({"a/b@c\\d", "e"}, "X/Y@Z")));
    CPPUNIT_ASSERT_EQUAL("a\\/b\\@c\\\\d/e@X\\/Y\\@Z"s, texts(certificate, "krb5"));
  }

  void empty_parts_of_a_principal_are_malformed() {
    ASSERT_SAYS("krb5 has an empty part",
                malformed_alt_names(other_name(kKrb5, principal({""}, "B"))));
    ASSERT_SAYS("krb5 has an empty part",
                malformed_alt_names(other_name(kKrb5, principal({"a"}, ""))));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(Krb5PrincipalTest);

}  // namespace certmap::test
