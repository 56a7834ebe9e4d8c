#include <cppunit/extensions/HelperMacros.h>
#include <openssl/asn1.h>

#include <string>
#include <string_view>

#include "core/certificate/name.h"
#include "core/text/error.h"
#include "make_certificate.h"
#include "names.h"

namespace certmap::test {

class NameParseTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(NameParseTest);
  CPPUNIT_TEST(hex_values_that_are_strings_equal_their_text);
  CPPUNIT_TEST(hex_values_of_other_types_compare_by_their_der);
  CPPUNIT_TEST(types_are_known_by_any_of_their_names);
  CPPUNIT_TEST(a_dot_in_a_value_is_no_oid_prefix);
  CPPUNIT_TEST(plain_names_are_read_as_escaped_ones);
  CPPUNIT_TEST(names_that_cannot_be_read_are_errors);
  CPPUNIT_TEST(values_that_no_certificate_has_are_errors);
  CPPUNIT_TEST_SUITE_END();

 public:
  void hex_values_that_are_strings_equal_their_text() {
    CPPUNIT_ASSERT(key_of_text("CN=#1303426f62") == key_of_text("CN=bob"));
    CPPUNIT_ASSERT(key({{"2.3.4.5", "a"}}) == key_of_text("2.3.4.5=#0c0161"));
    CPPUNIT_ASSERT(key({{"2.3.4.5", "a"}}) == key_of_text("2.3.4.5=a"));
  }

  void hex_values_of_other_types_compare_by_their_der() {
    const Entries bits = {{"2.5.4.45", std::string("\0\xff", 2), V_ASN1_BIT_STRING}};
    CPPUNIT_ASSERT(key(bits) == key_of_text("x500UniqueIdentifier=#030200FF"));
    CPPUNIT_ASSERT(key(bits) != key_of_text("x500UniqueIdentifier=#030200FE"));
  }

  void types_are_known_by_any_of_their_names() {
    const auto expected = key_of_text("CN=a");
    for (const auto* text : {"cn=a", "commonName=a", "COMMONNAME=a", "2.5.4.3=a", "OID.2.5.4.3=a",
                             "oid.2.5.4.3 = a", " CN = a"}) {
      CPPUNIT_ASSERT_MESSAGE(text, key_of_text(text) == expected);
    }
    CPPUNIT_ASSERT(key_of_text("jurisdictioncountryname=EE") == key_of_text("jurisdictionC=EE"));
  }

  void a_dot_in_a_value_is_no_oid_prefix() {
    CPPUNIT_ASSERT(key_of_text("CN=oid.a") == key({{kCn, "oid.a"}}));
    CPPUNIT_ASSERT(key_of_text("CN=a\\,oid.a") == key({{kCn, "a,oid.a"}}));
    CPPUNIT_ASSERT(key_of_text("CN=a, OID.2.5.4.10=b") == key_of_text("CN=a,O=b"));
    CPPUNIT_ASSERT(key_of_text("CN=a+OID.2.5.4.10=b") == key_of_text("CN=a+O=b"));
  }

  /// libldap reads what has a backslash.
  void plain_names_are_read_as_escaped_ones() {
    for (const std::string type : {"CN", "emailaddress", "DC"})
      for (char c = ' '; c <= '~'; ++c) {
        const auto hex = std::string("\\") + "234567"[c / 16 - 2] + "0123456789abcdef"[c % 16];
        if (std::string_view(",+\"\\<>;").find(c) != std::string_view::npos) continue;
        for (const std::string around : {"x", ""}) {
          if (around.empty() && (c == ' ' || c == '#')) continue;
          const auto rest = around + ", " + type + "=y,O=z";
          CPPUNIT_ASSERT_EQUAL(
              to_text(parse_name(type + '=' + around + hex + rest), NameStyle::Rfc4514),
              to_text(parse_name(type + '=' + around + c + around + ',' + type + "=y,O=z"),
                      NameStyle::Rfc4514));
        }
      }
  }

  void names_that_cannot_be_read_are_errors() {
    for (const auto* text :
         {"", "alice", "CN=a,", "CN=a;O=b", "CN=\"a\"", "CN=a\\zz", "CN=#zz", "CN=#0c05", "=a",
          "CN", "CN=a,,O=b", ",CN=a", "C N=a", "/CN=a", "E=a@b", "S=x", "1.2.3.=a"}) {
      CPPUNIT_ASSERT_THROW_MESSAGE(text, parse_name(text), ConfigError);
    }
  }

  void values_that_no_certificate_has_are_errors() {
    for (const auto* text : {"CN=a\\00b", "CN=a\nb", "CN=\\FF", "CN=#140185", "CN=#1601c3"}) {
      CPPUNIT_ASSERT_THROW_MESSAGE(text, parse_name(text), ConfigError);
    }
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(NameParseTest);

}  // namespace certmap::test
