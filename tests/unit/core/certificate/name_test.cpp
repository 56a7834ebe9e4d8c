#include "core/certificate/name.h"

#include <cppunit/extensions/HelperMacros.h>
#include <openssl/asn1.h>

#include <string>
#include <string_view>

#include "make_certificate.h"
#include "names.h"

namespace certmap::test {
namespace {

std::string utf32(std::string_view ascii) {
  std::string wide;
  for (const char c : ascii) wide += std::string(3, '\0') + c;
  return wide;
}

}  // namespace

class NameTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(NameTest);
  CPPUNIT_TEST(uid_is_the_user_id_in_any_case);
  CPPUNIT_TEST(case_and_blanks_do_not_matter);
  CPPUNIT_TEST(case_folding_is_ascii_only);
  CPPUNIT_TEST(string_type_does_not_matter);
  CPPUNIT_TEST(order_inside_an_rdn_does_not_matter);
  CPPUNIT_TEST(order_of_rdns_matters);
  CPPUNIT_TEST(an_rdn_with_two_values_is_not_two_rdns);
  CPPUNIT_TEST(type_of_a_component_matters);
  CPPUNIT_TEST(no_value_can_imitate_another_name);
  CPPUNIT_TEST(oids_become_names_and_dotted_text);
  CPPUNIT_TEST(oids_with_long_arcs_become_dotted_text);
  CPPUNIT_TEST_SUITE_END();

 public:
  void uid_is_the_user_id_in_any_case() {
    const Entries user = {{"0.9.2342.19200300.100.1.1", "a"}};
    const Entries unique = {{"0.9.2342.19200300.100.1.44", "a"}};
    CPPUNIT_ASSERT(key_of_text("uid=a") == key(user));
    CPPUNIT_ASSERT(key_of_text("uniqueIdentifier=a") == key(unique));
    CPPUNIT_ASSERT_EQUAL(std::string("0.9.2342.19200300.100.1.44=a"), rfc4514(unique));
    CPPUNIT_ASSERT_EQUAL(std::string("uid=a"), to_text(read(unique), NameStyle::OpenSsl));
  }

  void case_and_blanks_do_not_matter() {
    CPPUNIT_ASSERT(key({{kO, "Example"}, {kCn, "  Alice   DOE "}}) ==
                   key_of_text("cn=alice doe, o=EXAMPLE"));
    CPPUNIT_ASSERT_EQUAL(std::string("a b"), fold_name_value("  A   b "));
  }

  void case_folding_is_ascii_only() {
    CPPUNIT_ASSERT(key({{kCn, "JOS\u00c9"}}) == key_of_text("CN=jos\u00c9"));
    CPPUNIT_ASSERT(key({{kCn, "jos\u00e9"}}) != key_of_text("CN=jos\u00c9"));
  }

  void string_type_does_not_matter() {
    const auto expected = key_of_text("CN=bob");
    CPPUNIT_ASSERT(key({{kCn, "bob", V_ASN1_PRINTABLESTRING}}) == expected);
    CPPUNIT_ASSERT(key({{kCn, "bob", V_ASN1_T61STRING}}) == expected);
    CPPUNIT_ASSERT(key({{kCn, utf16("bob"), V_ASN1_BMPSTRING}}) == expected);
    CPPUNIT_ASSERT(key({{kCn, utf32("bob"), V_ASN1_UNIVERSALSTRING}}) == expected);
  }

  void order_inside_an_rdn_does_not_matter() {
    CPPUNIT_ASSERT(key_of_text("CN=a+OU=b,O=c") == key_of_text("OU=b+CN=a,O=c"));
    CPPUNIT_ASSERT(key({{kO, "c"}, {kCn, "a"}, {kOu, "b", V_ASN1_UTF8STRING, true}}) ==
                   key_of_text("OU=b+CN=a,O=c"));
  }

  void order_of_rdns_matters() {
    CPPUNIT_ASSERT(key_of_text("CN=a,O=b") != key_of_text("O=b,CN=a"));
    CPPUNIT_ASSERT(key({{kO, "b"}, {kCn, "a"}}) == key_of_text("CN=a,O=b"));
  }

  void an_rdn_with_two_values_is_not_two_rdns() {
    CPPUNIT_ASSERT(key_of_text("CN=a+OU=b") != key_of_text("CN=a,OU=b"));
    CPPUNIT_ASSERT(key_of_text("CN=a+OU=b") != key_of_text("OU=b,CN=a"));
  }

  void type_of_a_component_matters() { CPPUNIT_ASSERT(key_of_text("CN=a") != key_of_text("OU=a")); }

  void no_value_can_imitate_another_name() {
    CPPUNIT_ASSERT(key({{kCn, "a,OU=b"}}) != key_of_text("CN=a,OU=b"));
    CPPUNIT_ASSERT(key({{kCn, "#030200ff"}}) != key_of_text("CN=#030200ff"));
    CPPUNIT_ASSERT(key({{kCn, "a"}}) != key_of_text("CN=a,O=b"));
    const std::string same = "0!same octets";
    CPPUNIT_ASSERT(comparison_key(Name{{{oid(kCn), same, ""}}}) !=
                   comparison_key(Name{{{oid(kCn), "", same}}}));
  }

  void oids_become_names_and_dotted_text() {
    CPPUNIT_ASSERT_EQUAL(std::string("emailAddress"), oid_to_name(oid("1.2.840.113549.1.9.1")));
    CPPUNIT_ASSERT_EQUAL(std::string("jurisdictionC"),
                         oid_to_name(oid("1.3.6.1.4.1.311.60.2.1.3")));
    CPPUNIT_ASSERT_EQUAL(std::string("2.3.4.5"), oid_to_name(oid("2.3.4.5")));
    CPPUNIT_ASSERT_EQUAL(std::string("0.9.2342.19200300.100.1.1"),
                         oid_to_dotted(oid("0.9.2342.19200300.100.1.1")));
    CPPUNIT_ASSERT(oid_from_text("clientAuth") == oid("1.3.6.1.5.5.7.3.2"));
    CPPUNIT_ASSERT(oid_from_text("2.999.1") == oid("2.999.1"));
    CPPUNIT_ASSERT_EQUAL(std::string(), oid_from_text("noSuchName"));
    CPPUNIT_ASSERT_EQUAL(std::string(), oid_from_text("1..2"));
  }

  void oids_with_long_arcs_become_dotted_text() {
    const char uuid[] = "2.25.329800735698586629295641978511506172918";
    CPPUNIT_ASSERT_EQUAL(std::string(uuid), oid_to_dotted(oid(uuid)));
    CPPUNIT_ASSERT_EQUAL(std::string(), oid_to_dotted(std::string(513, 'a')));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(NameTest);

}  // namespace certmap::test
