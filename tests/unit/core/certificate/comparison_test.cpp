#include <cppunit/extensions/HelperMacros.h>
#include <openssl/asn1.h>

#include <string>
#include <string_view>
#include <utility>

#include "core/certificate/attribute.h"
#include "core/certificate/certificate.h"
#include "core/text/error.h"
#include "make_certificate.h"

namespace certmap::test {
namespace {

using namespace std::string_literals;

bool matches(const Certificate& certificate, std::string_view attribute, std::string_view typed) {
  const auto parsed = parse_key_attribute(attribute);
  const auto key = comparison_key_of_text(parsed, typed);
  for (const auto& value : values_of(certificate, parsed)) {
    if (comparison_key(parsed, value) == key) return true;
  }
  return false;
}

bool is_refused(const char* attribute, std::string_view typed) {
  try {
    comparison_key_of_text(parse_key_attribute(attribute), typed);
  } catch (const ConfigError& error) {
    return std::string(error.what()).find(attribute) != std::string::npos;
  }
  return false;
}

}  // namespace

class ComparisonTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ComparisonTest);
  CPPUNIT_TEST(values_equal_their_own_text);
  CPPUNIT_TEST(names_compare_as_names);
  CPPUNIT_TEST(components_compare_folded);
  CPPUNIT_TEST(email_local_part_compares_exactly);
  CPPUNIT_TEST(domains_compare_without_case);
  CPPUNIT_TEST(uri_scheme_and_host_compare_without_case);
  CPPUNIT_TEST(hex_compares_in_any_case_with_or_without_colons);
  CPPUNIT_TEST(serials_compare_without_leading_zero_octets);
  CPPUNIT_TEST(issuer_serial_compares_both);
  CPPUNIT_TEST(addresses_compare_in_any_spelling);
  CPPUNIT_TEST(usages_compare_by_name_or_oid);
  CPPUNIT_TEST(the_last_moment_of_a_leap_day_is_one);
  CPPUNIT_TEST(krb5_principals_may_have_parts_and_escapes);
  CPPUNIT_TEST(the_rest_compares_byte_for_byte);
  CPPUNIT_TEST(values_that_no_certificate_has_are_refused);
  CPPUNIT_TEST_SUITE_END();

 public:
  void values_equal_their_own_text() {
    const auto certificate = full_certificate();
    for (const auto* name : {"subject",
                             "issuer",
                             "subject.CN",
                             "issuer.O",
                             "email",
                             "dns",
                             "uri",
                             "ip",
                             "rid",
                             "dirname",
                             "upn",
                             "serial",
                             "cert",
                             "spki",
                             "sha256",
                             "sha1",
                             "cea",
                             "ski",
                             "eku",
                             "ext.2.5.29.14",
                             "othername.1.2.3",
                             "notbefore",
                             "notafter",
                             "issuer-serial"}) {
      const auto value = values_of(certificate, parse_key_attribute(name)).at(0);
      CPPUNIT_ASSERT_MESSAGE(name, matches(certificate, name, text_of(value)));
    }
  }

  void names_compare_as_names() {
    const auto certificate = full_certificate();
    CPPUNIT_ASSERT(matches(certificate, "subject", "cn=alice doe, ou=staff, ou=PEOPLE, o=example"));
    CPPUNIT_ASSERT(
        !matches(certificate, "subject", "o=example, ou=people, ou=staff, cn=alice doe"));
    CPPUNIT_ASSERT(matches(certificate, "dirname", "CN=ALICE"));
  }

  void components_compare_folded() {
    const auto certificate = full_certificate();
    CPPUNIT_ASSERT(matches(certificate, "subject.CN", " ALICE DOE "));
    CPPUNIT_ASSERT(matches(certificate, "subject.OU", "staff"));
    CPPUNIT_ASSERT(!matches(certificate, "subject.CN", "AliceDoe"));
  }

  void email_local_part_compares_exactly() {
    const auto certificate = full_certificate();
    CPPUNIT_ASSERT(matches(certificate, "email", "Alice@EXAMPLE.com"));
    CPPUNIT_ASSERT(!matches(certificate, "email", "alice@example.com"));
  }

  void domains_compare_without_case() {
    const auto certificate = full_certificate();
    CPPUNIT_ASSERT(matches(certificate, "dns", "WWW.example.COM"));
    CPPUNIT_ASSERT(!matches(certificate, "dns", "www.example.com."));
    CPPUNIT_ASSERT(matches(certificate, "upn", "ALICE@Corp.example"));
  }

  void uri_scheme_and_host_compare_without_case() {
    const auto certificate = full_certificate();
    CPPUNIT_ASSERT(matches(certificate, "uri", "https://u@example.COM/A"));
    CPPUNIT_ASSERT(!matches(certificate, "uri", "https://U@example.com/A"));
    CPPUNIT_ASSERT(!matches(certificate, "uri", "https://u@example.com/a"));
    const auto key = [](const char* text) {
      return comparison_key_of_text(parse_attribute("uri"), text);
    };
    CPPUNIT_ASSERT(key("URN:uuid:A") == key("urn:uuid:A"));
    CPPUNIT_ASSERT(key("urn:uuid:A") != key("urn:uuid:a"));
    CPPUNIT_ASSERT(key("X://H?Q") == key("x://h?Q"));
    CPPUNIT_ASSERT(key("//H/a") != key("//h/a"));
    CPPUNIT_ASSERT_EQUAL("a:"s, key("A:"));
    CPPUNIT_ASSERT_EQUAL("a://"s, key("A://"));
    CPPUNIT_ASSERT_EQUAL("noscheme"s, key("noscheme"));
    CPPUNIT_ASSERT_EQUAL("a://h#X@Y"s, key("A://H#X@Y"));
  }

  void hex_compares_in_any_case_with_or_without_colons() {
    const auto certificate = full_certificate();
    CPPUNIT_ASSERT(matches(certificate, "ski", "AB:cd"));
    CPPUNIT_ASSERT(matches(certificate, "ski", "abCD"));
    CPPUNIT_ASSERT(!matches(certificate, "ski", "abce"));
  }

  void serials_compare_without_leading_zero_octets() {
    CPPUNIT_ASSERT(matches(full_certificate(), "serial", "00:0A:1B"));
    CertificateSpec spec;
    spec.serial = "\0"s;
    CPPUNIT_ASSERT(matches(make_certificate(spec), "serial", "00"));
    CPPUNIT_ASSERT(matches(make_certificate(spec), "serial", "0000"));
    CPPUNIT_ASSERT(!matches(full_certificate(), "serial", "00"));
  }

  void issuer_serial_compares_both() {
    const auto certificate = full_certificate();
    const char issuer[] = "CN=corp ca, O=The \\\"CA\\\"";
    CPPUNIT_ASSERT(matches(certificate, "issuer-serial", "000A1B@"s + issuer));
    CPPUNIT_ASSERT(!matches(certificate, "issuer-serial", "0a1c@"s + issuer));
    CPPUNIT_ASSERT(!matches(certificate, "issuer-serial", "0a1b@CN=Corp CA"));
  }

  void addresses_compare_in_any_spelling() {
    CPPUNIT_ASSERT(matches(full_certificate(), "ip", "2001:0DB8:0::0:1"));
    CPPUNIT_ASSERT(!matches(full_certificate(), "ip", "2001:db8::2"));
  }

  void usages_compare_by_name_or_oid() {
    for (const auto* typed :
         {"clientAuth", "CLIENTAUTH", "1.3.6.1.5.5.7.3.2", "TLS Web Client Authentication"}) {
      CPPUNIT_ASSERT_MESSAGE(typed, matches(full_certificate(), "eku", typed));
    }
    CPPUNIT_ASSERT(!matches(full_certificate(), "eku", "serverAuth"));
  }

  void the_last_moment_of_a_leap_day_is_one() {
    CPPUNIT_ASSERT(!is_refused("notafter", "2028-02-29T23:59:59Z"));
  }

  void krb5_principals_may_have_parts_and_escapes() {
    for (const auto* typed : {"u@R", "HTTP/www.example.com@R", "a\\/b\\@c\\\\d/e@X\\/Y\\@Z"})
      CPPUNIT_ASSERT_MESSAGE(typed, !is_refused("krb5", typed));
  }

  void the_rest_compares_byte_for_byte() {
    const auto xmpp = other_name("1.3.6.1.5.5.7.8.5", tlv(V_ASN1_UTF8STRING, "Bob@X"));
    CPPUNIT_ASSERT(matches(with_alt_names(xmpp), "xmpp", "Bob@X"));
    CPPUNIT_ASSERT(!matches(with_alt_names(xmpp), "xmpp", "Bob@x"));
  }

  void values_that_no_certificate_has_are_refused() {
    const std::pair<const char*, std::string> values[] = {{"serial", "0"},
                                                          {"serial", "0x1b"},
                                                          {"serial", ":"},
                                                          {"sha256", "abcd"},
                                                          {"spki", "zz"},
                                                          {"sha1", std::string(64, 'a')},
                                                          {"cert", "ab"},
                                                          {"ski", "abc"},
                                                          {"ip", "1.2.3"},
                                                          {"ip", "localhost"},
                                                          {"eku", "noSuchUsage"},
                                                          {"policy", "clientAuth"},
                                                          {"rid", "a"},
                                                          {"sid", "S-1"},
                                                          {"sid", "1104"},
                                                          {"notafter", "tomorrow"},
                                                          {"notafter", "2026-11-21T00:00:00+0"},
                                                          {"email", "b\u00f5b@x"},
                                                          {"dns", "b\u00fcro.example"},
                                                          {"krb5", "bob"},
                                                          {"sid", "S-1-5-"},
                                                          {"sid", "S-1-5--21"},
                                                          {"notafter", "2026-13-40T00:00:00Z"},
                                                          {"notafter", "2026-02-30T00:00:00Z"},
                                                          {"notafter", "2026-11-21T24:00:00Z"},
                                                          {"notbefore", "2026-11-21T00:60:00Z"},
                                                          {"notbefore", "2026-11-21T00:00:60Z"},
                                                          {"krb5", "@R"},
                                                          {"krb5", "u@"},
                                                          {"krb5", "a//b@R"},
                                                          {"krb5", "/b@R"},
                                                          {"krb5", "a/@R"},
                                                          {"krb5", "a@b@R"},
                                                          {"krb5", "a@b/R"},
                                                          {"krb5", "a\\"},
                                                          {"krb5", "a\\b@R"},
                                                          {"krb5", "a\\@R"},
                                                          {"issuer-serial", "0a1b"},
                                                          {"issuer-serial", "x@CN=a"},
                                                          {"subject.CN", "  "},
                                                          {"xmpp", "a\nb"},
                                                          {"upn", "\xff"},
                                                          {"ext.1.2.3", "a"}};
    for (const auto& [attribute, typed] : values) {
      CPPUNIT_ASSERT_MESSAGE(attribute + " "s + typed, is_refused(attribute, typed));
    }
    for (const auto* attribute : {"email", "subject.CN", "serial", "ip", "eku", "cea"}) {
      CPPUNIT_ASSERT_MESSAGE(attribute, is_refused(attribute, ""));
    }
    CPPUNIT_ASSERT_THROW(comparison_key_of_text(parse_attribute("subject"), "alice"), ConfigError);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ComparisonTest);

}  // namespace certmap::test
