#include <cppunit/extensions/HelperMacros.h>
#include <openssl/asn1.h>

#include <cstddef>
#include <string>
#include <utility>

#include "core/certificate/certificate.h"
#include "extension_values.h"
#include "make_certificate.h"
#include "malformed.h"

namespace certmap::test {

using namespace std::string_literals;

class AltNameTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(AltNameTest);
  CPPUNIT_TEST(alt_names_are_read_by_type);
  CPPUNIT_TEST(alt_names_are_read_alike_whatever_stands_beside_them);
  CPPUNIT_TEST(domains_are_put_in_lower_case);
  CPPUNIT_TEST(email_without_one_at_is_kept);
  CPPUNIT_TEST(addresses_are_rfc5952_text);
  CPPUNIT_TEST(other_names_are_read_by_type);
  CPPUNIT_TEST(other_names_are_there_as_der);
  CPPUNIT_TEST(alt_names_of_one_type_do_not_appear_as_another);
  CPPUNIT_TEST(values_of_the_wrong_type_or_size_are_malformed);
  CPPUNIT_TEST(more_than_256_alt_names_are_malformed);
  CPPUNIT_TEST(unknown_alt_names_are_left_alone);
  CPPUNIT_TEST_SUITE_END();

 public:
  void alt_names_are_read_by_type() {
    const auto certificate =
        with_alt_names(email("bob@example.com") + dns("www.example.com") + uri("urn:uuid:1") +
                       rid(oid("1.2.3.4")) + dirname({{"2.5.4.10", "Example"}, {kCn, "Bob"}}) +
                       email("rob@example.com"));
    CPPUNIT_ASSERT(!certificate.malformed);
    CPPUNIT_ASSERT_EQUAL("bob@example.com|rob@example.com"s, texts(certificate, "email"));
    CPPUNIT_ASSERT_EQUAL("www.example.com"s, texts(certificate, "dns"));
    CPPUNIT_ASSERT_EQUAL("urn:uuid:1"s, texts(certificate, "uri"));
    CPPUNIT_ASSERT_EQUAL("1.2.3.4"s, texts(certificate, "rid"));
    CPPUNIT_ASSERT_EQUAL("CN=Bob,O=Example"s, texts(certificate, "dirname"));
  }

  /// OpenSSL decodes a list with a registered ID in it; plain names alone are read where they
  /// stand.
  void alt_names_are_read_alike_whatever_stands_beside_them() {
    const auto names = tlv(0x81, "Bob@Example.COM") + tlv(0x82, "Host.X") + tlv(0x86, "urn:X");
    const auto also = {""s,
                       tlv(0x82, ""),
                       "\x81\x81\x01"
                       "a"s,
                       tlv(0xa1, tlv(V_ASN1_IA5STRING, "a")),
                       tlv(0x81, "\x01"),
                       tlv(0x82, "\xe9"),
                       tlv(0x01, "a")};
    for (const auto& last : also) {
      const auto alone = with_alt_names(names + last);
      auto beside = with_alt_names(names + last + tlv(0x88, oid("1.2.3")));
      CPPUNIT_ASSERT_EQUAL(beside.malformed.value_or(""), alone.malformed.value_or(""));
      if (!beside.alt_names.empty()) beside.alt_names.pop_back();
      CPPUNIT_ASSERT_EQUAL(beside.alt_names.size(), alone.alt_names.size());
      for (std::size_t i = 0; i < alone.alt_names.size(); ++i) {
        CPPUNIT_ASSERT(beside.alt_names[i].attribute == alone.alt_names[i].attribute);
        CPPUNIT_ASSERT_EQUAL(beside.alt_names[i].text, alone.alt_names[i].text);
      }
    }
  }

  void domains_are_put_in_lower_case() {
    const auto certificate =
        with_alt_names(email("Bob@Example.COM") + dns("WWW.Example.com") +
                       uri("HTTP://Example.com/A") + other_name(kUpn, utf8("Bob@CORP.Example")));
    CPPUNIT_ASSERT_EQUAL("Bob@example.com"s, texts(certificate, "email"));
    CPPUNIT_ASSERT_EQUAL("www.example.com"s, texts(certificate, "dns"));
    CPPUNIT_ASSERT_EQUAL("HTTP://Example.com/A"s, texts(certificate, "uri"));
    CPPUNIT_ASSERT_EQUAL("bob@corp.example"s, texts(certificate, "upn"));
  }

  void email_without_one_at_is_kept() {
    const auto certificate = with_alt_names(email("Bob") + email("A@B@C"));
    CPPUNIT_ASSERT_EQUAL("Bob|A@B@c"s, texts(certificate, "email"));
  }

  void addresses_are_rfc5952_text() {
    const std::pair<const char*, const char*> addresses[] = {
        {"c0000201", "192.0.2.1"},
        {"20010db8000000000000000000000001", "2001:db8::1"},
        {"20010db8000000010001000100010001", "2001:db8:0:1:1:1:1:1"},
        {"20010000000000010000000000000001", "2001:0:0:1::1"},
        {"20010db8000000000001000000000001", "2001:db8::1:0:0:1"},
        {"20010DB8AAAA00000000000000000001", "2001:db8:aaaa::1"},
        {"00000000000000000000ffffc0000201", "::ffff:192.0.2.1"},
        {"00000000000000000000000000010002", "::1:2"},
        {"00000000000000000000000000000000", "::"},
        {"00000000000000000000000000000001", "::1"},
    };
    for (const auto& [octets, text] : addresses) {
      CPPUNIT_ASSERT_EQUAL(std::string(text), texts(with_alt_names(ip(from_hex(octets))), "ip"));
    }
  }

  void other_names_are_read_by_type() {
    const auto certificate = with_alt_names(
        other_name(kUpn, utf8("bob@corp.example")) + other_name(kXmpp, utf8("bob@xmpp.example")) +
        other_name(kSrv, tlv(V_ASN1_IA5STRING, "_xmpp-server.example.com")) +
        other_name(kSmtpUtf8, utf8("b\u00f5b@b.example")) +
        other_name(kKrb5, principal({"HTTP", "www.example.com"}, "EXAMPLE.COM")));
    CPPUNIT_ASSERT_EQUAL(""s, certificate.malformed.value_or(""));
    CPPUNIT_ASSERT_EQUAL("bob@corp.example"s, texts(certificate, "upn"));
    CPPUNIT_ASSERT_EQUAL("bob@xmpp.example"s, texts(certificate, "xmpp"));
    CPPUNIT_ASSERT_EQUAL("_xmpp-server.example.com"s, texts(certificate, "srv"));
    CPPUNIT_ASSERT_EQUAL("b\u00f5b@b.example"s, texts(certificate, "smtputf8"));
    CPPUNIT_ASSERT_EQUAL("HTTP/www.example.com@EXAMPLE.COM"s, texts(certificate, "krb5"));
  }

  void other_names_are_there_as_der() {
    const auto certificate = with_alt_names(other_name("2.16.840.1.101.3.6.6", "\x04\x02\xd0\x43") +
                                            other_name(kUpn, utf8("Bob@x")));
    CPPUNIT_ASSERT_EQUAL("0402d043"s, texts(certificate, "othername.2.16.840.1.101.3.6.6"));
    CPPUNIT_ASSERT_EQUAL("0c05426f624078"s, texts(certificate, "othername."s + kUpn));
    CPPUNIT_ASSERT_EQUAL(""s, texts(certificate, "othername.1.2.3"));
  }

  void alt_names_of_one_type_do_not_appear_as_another() {
    const auto certificate = with_alt_names(
        dns("alice@corp") + uri("alice@corp") + other_name(kXmpp, utf8("alice@corp")) +
        dirname({{"1.2.840.113549.1.9.1", "alice@corp", V_ASN1_IA5STRING}}));
    CPPUNIT_ASSERT_EQUAL(""s, texts(certificate, "email"));
    CPPUNIT_ASSERT_EQUAL(""s, texts(certificate, "upn"));
    CPPUNIT_ASSERT_EQUAL(""s, texts(certificate, "subject.emailAddress"));
  }

  void values_of_the_wrong_type_or_size_are_malformed() {
    ASSERT_SAYS("ip is no address", malformed_alt_names(ip("12345")));
    ASSERT_SAYS("ip is no address", malformed_alt_names(ip("")));
    const auto ia5 = tlv(V_ASN1_IA5STRING, "bob@x");
    ASSERT_SAYS("upn has the wrong type", malformed_alt_names(other_name(kUpn, ia5)));
    ASSERT_SAYS("xmpp has the wrong type", malformed_alt_names(other_name(kXmpp, ia5)));
    ASSERT_SAYS("smtputf8 has the wrong type", malformed_alt_names(other_name(kSmtpUtf8, ia5)));
    ASSERT_SAYS("srv has the wrong type", malformed_alt_names(other_name(kSrv, utf8("_a.b"))));
    ASSERT_SAYS("krb5 has the wrong type", malformed_alt_names(other_name(kKrb5, utf8("a@B"))));
    ASSERT_SAYS("krb5 cannot be decoded", malformed_alt_names(other_name(kKrb5, sequence(ia5))));
    ASSERT_SAYS("krb5 cannot be decoded",
                malformed_alt_names(other_name(kKrb5, principal({}, "B"))));
  }

  void more_than_256_alt_names_are_malformed() {
    std::string names;
    for (int i = 0; i < 256; ++i) names += dns("a");
    CPPUNIT_ASSERT_EQUAL(""s, malformed_alt_names(names));
    ASSERT_SAYS("more than 256", malformed_alt_names(names + tlv(0xa5, tlv(0xa1, utf8("a")))));
    ASSERT_SAYS("more than 256", malformed_alt_names(names + dns("a")));
  }

  void unknown_alt_names_are_left_alone() {
    const auto certificate = with_alt_names(tlv(0xa5, tlv(0xa1, utf8("a\n"))) +
                                            other_name("1.2.3", utf8("\xff")) + dns("a"));
    CPPUNIT_ASSERT_EQUAL(""s, certificate.malformed.value_or(""));
    CPPUNIT_ASSERT_EQUAL("a"s, texts(certificate, "dns"));
    CPPUNIT_ASSERT_EQUAL("0c01ff"s, texts(certificate, "othername.1.2.3"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AltNameTest);

}  // namespace certmap::test
