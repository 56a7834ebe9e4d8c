#include "core/certificate/certificate.h"

#include <cppunit/extensions/HelperMacros.h>
#include <openssl/err.h>
#include <openssl/sha.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/certificate/character_string.h"
#include "core/text/encodings.h"
#include "make_certificate.h"

namespace certmap::test {
namespace {

const char kUpn[] = "1.3.6.1.4.1.311.20.2.3";
const char kKrb5[] = "1.3.6.1.5.2.2";
const char kXmpp[] = "1.3.6.1.5.5.7.8.5";
const char kSrv[] = "1.3.6.1.5.5.7.8.7";
const char kSmtpUtf8[] = "1.3.6.1.5.5.7.8.9";
const char kCn[] = "2.5.4.3";
const char kSid[] = "1.3.6.1.4.1.311.25.2";
const char kSidExtension[] =
    "3025A023060A2B060104018237190201A0150413532D312D352D32312D312D322D332D31313034";

using namespace std::string_literals;

CertificateSpec with_extensions(std::string extensions) {
  CertificateSpec spec;
  spec.extensions = std::move(extensions);
  return spec;
}

CertificateSpec with_subject(Entries subject) {
  CertificateSpec spec;
  spec.subject = std::move(subject);
  return spec;
}

std::string utf8(std::string_view text) { return tlv(V_ASN1_UTF8STRING, text); }

std::string principal(const std::vector<std::string>& components, std::string_view realm) {
  std::string strings;
  for (const auto& component : components) strings += tlv(V_ASN1_GENERALSTRING, component);
  const auto name = sequence(tlv(0xa0, tlv(V_ASN1_INTEGER, "\x01")) + tlv(0xa1, sequence(strings)));
  return sequence(tlv(0xa0, tlv(V_ASN1_GENERALSTRING, realm)) + tlv(0xa1, name));
}

std::string sid_extension(std::string_view sid) {
  return sequence(tlv(0xa0, tlv(V_ASN1_OBJECT, oid("1.3.6.1.4.1.311.25.2.1")) +
                                tlv(0xa0, tlv(V_ASN1_OCTET_STRING, sid))));
}

std::string malformed(const CertificateSpec& spec) {
  return make_certificate(spec).malformed.value_or("");
}

std::string malformed_alt_names(std::string_view names) {
  return with_alt_names(names).malformed.value_or("");
}

std::string malformed_cn(std::string value, int tag = V_ASN1_UTF8STRING) {
  return malformed(with_subject({{kCn, std::move(value), tag}}));
}

bool contains(const std::string& text, const char* part) { return text.find(part) != text.npos; }

}  // namespace

#define ASSERT_SAYS(part, sentence) CPPUNIT_ASSERT_MESSAGE(sentence, contains(sentence, part))

class CertificateTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CertificateTest);
  CPPUNIT_TEST(what_is_no_certificate_is_not_read);
  CPPUNIT_TEST(dates_serial_and_digests_are_read);
  CPPUNIT_TEST(serial_zero_has_one_octet);
  CPPUNIT_TEST(leading_zero_octet_of_the_serial_is_left_out);
  CPPUNIT_TEST(negative_serial_is_malformed_and_shown_as_it_is);
  CPPUNIT_TEST(alt_names_are_read_by_type);
  CPPUNIT_TEST(alt_names_are_read_alike_whatever_stands_beside_them);
  CPPUNIT_TEST(domains_are_put_in_lower_case);
  CPPUNIT_TEST(email_without_one_at_is_kept);
  CPPUNIT_TEST(addresses_are_rfc5952_text);
  CPPUNIT_TEST(other_names_are_read_by_type);
  CPPUNIT_TEST(other_names_are_there_as_der);
  CPPUNIT_TEST(krb5_principals_are_escaped);
  CPPUNIT_TEST(alt_names_of_one_type_do_not_appear_as_another);
  CPPUNIT_TEST(sid_is_read);
  CPPUNIT_TEST(key_identifiers_usages_and_policies_are_read);
  CPPUNIT_TEST(key_identifier_is_read_beside_others);
  CPPUNIT_TEST(a_copy_has_the_same_digest);
  CPPUNIT_TEST(key_usages_are_named);
  CPPUNIT_TEST(of_policies_only_the_identifiers_are_read);
  CPPUNIT_TEST(empty_subject_is_absent);
  CPPUNIT_TEST(string_types_decode_to_the_same_text);
  CPPUNIT_TEST(printable_string_may_hold_any_printable_ascii);
  CPPUNIT_TEST(control_characters_are_malformed);
  CPPUNIT_TEST(wrong_encodings_are_malformed);
  CPPUNIT_TEST(strings_decode_strictly);
  CPPUNIT_TEST(t61_strings_are_latin_1);
  CPPUNIT_TEST(empty_values_are_absent);
  CPPUNIT_TEST(empty_parts_of_a_principal_are_malformed);
  CPPUNIT_TEST(values_over_4096_bytes_are_malformed);
  CPPUNIT_TEST(issuer_and_dirname_are_checked_too);
  CPPUNIT_TEST(values_of_the_wrong_type_or_size_are_malformed);
  CPPUNIT_TEST(undecodable_extensions_are_malformed);
  CPPUNIT_TEST(usages_that_are_no_objects_are_malformed);
  CPPUNIT_TEST(a_sid_extension_with_anything_else_is_malformed);
  CPPUNIT_TEST(octets_after_an_extension_are_malformed);
  CPPUNIT_TEST(more_than_256_alt_names_are_malformed);
  CPPUNIT_TEST(an_extension_that_occurs_twice_is_malformed);
  CPPUNIT_TEST(long_oids_are_malformed);
  CPPUNIT_TEST(unknown_alt_names_are_left_alone);
  CPPUNIT_TEST(facts_of_a_malformed_certificate_are_there);
  CPPUNIT_TEST(sentences_are_clean_and_name_the_field);
  CPPUNIT_TEST(openssls_error_queue_is_left_alone);
  CPPUNIT_TEST_SUITE_END();

 public:
  void what_is_no_certificate_is_not_read() {
    CPPUNIT_ASSERT(!read_certificate("nonsense"));
    CPPUNIT_ASSERT(!read_certificate(""));
    CPPUNIT_ASSERT(!read_certificate(certificate_der({}) + "x"));
    CPPUNIT_ASSERT(read_certificate(certificate_der({})));
  }

  void dates_serial_and_digests_are_read() {
    CertificateSpec spec;
    spec.serial = "\x0a\x1b";
    spec.not_after = "491231235959Z";
    const auto certificate = make_certificate(spec);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{1767225600}, certificate.not_before);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{2524607999}, certificate.not_after);
    CPPUNIT_ASSERT_EQUAL("2026-01-01T00:00:00Z"s, texts(certificate, "notbefore"));
    CPPUNIT_ASSERT_EQUAL("2049-12-31T23:59:59Z"s, texts(certificate, "notafter"));
    CPPUNIT_ASSERT_EQUAL("0a1b"s, texts(certificate, "serial"));
    const auto der = certificate_der(spec);
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(der.data()), der.size(), digest);
    CPPUNIT_ASSERT_EQUAL(hex({reinterpret_cast<char*>(digest), sizeof digest}),
                         texts(certificate, "sha256"));
  }

  void serial_zero_has_one_octet() {
    CertificateSpec spec;
    spec.serial = "\0"s;
    CPPUNIT_ASSERT_EQUAL("00"s, texts(make_certificate(spec), "serial"));
    CPPUNIT_ASSERT_EQUAL(""s, malformed(spec));
  }

  void leading_zero_octet_of_the_serial_is_left_out() {
    CertificateSpec spec;
    spec.serial = "\0\x80"s;
    CPPUNIT_ASSERT_EQUAL("80"s, texts(make_certificate(spec), "serial"));
  }

  void negative_serial_is_malformed_and_shown_as_it_is() {
    const std::pair<const char*, const char*> serials[] = {
        {"80", "-128"}, {"ff", "-1"}, {"8001", "-32767"}, {"ff7f", "-129"}};
    for (const auto& [octets, number] : serials) {
      CertificateSpec spec;
      spec.serial = from_hex(octets);
      ASSERT_SAYS("serial number is negative", malformed(spec));
      CPPUNIT_ASSERT_EQUAL(std::string(octets), texts(make_certificate(spec), "serial"));
      ASSERT_SAYS(number, texts(make_certificate(spec), "cea"));
    }
  }

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

  void krb5_principals_are_escaped() {
    const auto certificate =
        with_alt_names(other_name(kKrb5, principal({"a/b@c\\d", "e"}, "X/Y@Z")));
    CPPUNIT_ASSERT_EQUAL("a\\/b\\@c\\\\d/e@X\\/Y\\@Z"s, texts(certificate, "krb5"));
  }

  void alt_names_of_one_type_do_not_appear_as_another() {
    const auto certificate = with_alt_names(
        dns("alice@corp") + uri("alice@corp") + other_name(kXmpp, utf8("alice@corp")) +
        dirname({{"1.2.840.113549.1.9.1", "alice@corp", V_ASN1_IA5STRING}}));
    CPPUNIT_ASSERT_EQUAL(""s, texts(certificate, "email"));
    CPPUNIT_ASSERT_EQUAL(""s, texts(certificate, "upn"));
    CPPUNIT_ASSERT_EQUAL(""s, texts(certificate, "subject.emailAddress"));
  }

  void sid_is_read() {
    const auto certificate =
        make_certificate(with_extensions(extension(kSid, from_hex(kSidExtension))));
    CPPUNIT_ASSERT_EQUAL("S-1-5-21-1-2-3-1104"s, texts(certificate, "sid"));
  }

  void key_identifiers_usages_and_policies_are_read() {
    const auto eku = sequence(tlv(V_ASN1_OBJECT, oid("1.3.6.1.5.5.7.3.2")) +
                              tlv(V_ASN1_OBJECT, oid("1.3.6.1.4.1.311.20.2.2")));
    const auto policy = sequence(sequence(tlv(V_ASN1_OBJECT, oid("2.5.29.32.0"))));
    const auto certificate = make_certificate(
        with_extensions(extension("2.5.29.14", tlv(V_ASN1_OCTET_STRING, "\x01\xab")) +
                        extension("2.5.29.35", sequence(tlv(0x80, "\x02\xcd"))) +
                        extension("2.5.29.37", eku) + extension("2.5.29.32", policy)));
    CPPUNIT_ASSERT_EQUAL(""s, certificate.malformed.value_or(""));
    CPPUNIT_ASSERT_EQUAL("01ab"s, texts(certificate, "ski"));
    CPPUNIT_ASSERT_EQUAL("02cd"s, texts(certificate, "aki"));
    CPPUNIT_ASSERT_EQUAL("1.3.6.1.5.5.7.3.2|1.3.6.1.4.1.311.20.2.2"s, texts(certificate, "eku"));
    CPPUNIT_ASSERT_EQUAL("2.5.29.32.0"s, texts(certificate, "policy"));
    CPPUNIT_ASSERT_EQUAL("040201ab"s, texts(certificate, "ext.2.5.29.14"));
  }

  void key_identifier_is_read_beside_others() {
    const auto aki = [](const std::string& content) {
      return make_certificate(with_extensions(extension("2.5.29.35", sequence(content))));
    };
    const auto issuer = tlv(0xa1, dirname({{kCn, "CA"}})) + tlv(0x82, "\x05");
    CPPUNIT_ASSERT_EQUAL("02cd"s, texts(aki(tlv(0x80, "\x02\xcd") + issuer), "aki"));
    CPPUNIT_ASSERT_EQUAL(""s, texts(aki(issuer), "aki"));
    CPPUNIT_ASSERT(!aki(issuer).malformed);
    CPPUNIT_ASSERT(aki(tlv(0x80, "\x02") + "x").malformed);
    CPPUNIT_ASSERT(aki(tlv(0xa0, "\x02")).malformed);
  }

  void a_copy_has_the_same_digest() {
    const auto certificate = make_certificate({});
    const auto copy = certificate;
    CPPUNIT_ASSERT_EQUAL(std::size_t{32}, copy.sha256.octets().size());
    CPPUNIT_ASSERT(&copy.sha256.octets() == &certificate.sha256.octets());
    CPPUNIT_ASSERT(Certificate().sha256.octets().empty());
  }

  void key_usages_are_named() {
    const auto read = [](std::string bits) {
      return make_certificate(
          with_extensions(extension("2.5.29.15", tlv(V_ASN1_BIT_STRING, bits))));
    };
    CPPUNIT_ASSERT_EQUAL("digitalSignature|nonRepudiation"s, texts(read("\6\xc0"), "ku"));
    CPPUNIT_ASSERT_EQUAL(
        "digitalSignature|nonRepudiation|keyEncipherment|dataEncipherment|keyAgreement|"
        "keyCertSign|cRLSign|encipherOnly|decipherOnly"s,
        texts(read("\7\xff\x80"), "ku"));
    CPPUNIT_ASSERT_EQUAL(""s, texts(read("\0"s), "ku"));
    CPPUNIT_ASSERT(!read("\0"s).malformed);
    CPPUNIT_ASSERT_EQUAL(""s, texts(read("\0\0\0\xff"s), "ku"));
  }

  void of_policies_only_the_identifiers_are_read() {
    const auto policies = [](std::string_view content) {
      return make_certificate(with_extensions(extension("2.5.29.32", sequence(content))));
    };
    const auto policy = [](std::string_view rest) {
      return sequence(tlv(V_ASN1_OBJECT, oid("1.2.3.4")).append(rest));
    };
    // A CPS as UTF8String, a qualifier of its own, and what is no sequence at all.
    const auto cps = tlv(V_ASN1_OBJECT, oid("1.3.6.1.5.5.7.2.1"));
    for (const auto& rest : {sequence(sequence(cps + utf8("http://x"))), sequence(sequence(cps)),
                             sequence(utf8("x")), sequence(""), utf8("x"), "\x30\x7f"s}) {
      const auto certificate = policies(policy(rest) + policy(""));
      CPPUNIT_ASSERT_EQUAL(""s, certificate.malformed.value_or(""));
      CPPUNIT_ASSERT_EQUAL("1.2.3.4|1.2.3.4"s, texts(certificate, "policy"));
    }
    for (const auto& content :
         {utf8("x"), sequence(""), sequence(utf8("x")), sequence(tlv(V_ASN1_OBJECT, "")),
          policy("") + "x", sequence(tlv(V_ASN1_OBJECT, "\x2a\x80\x01")),
          sequence(tlv(V_ASN1_OBJECT, "\x2a\x81"))}) {
      ASSERT_SAYS("certificatePolicies cannot be decoded",
                  policies(content).malformed.value_or(""));
    }
  }

  void empty_subject_is_absent() {
    const auto certificate = make_certificate(with_subject({}));
    CPPUNIT_ASSERT(!certificate.malformed);
    CPPUNIT_ASSERT(values_of(certificate, parse_attribute("subject")).empty());
  }

  void string_types_decode_to_the_same_text() {
    const Entry entries[] = {{kCn, "\xc3\x95", V_ASN1_UTF8STRING},
                             {kCn, "\0\xd5"s, V_ASN1_BMPSTRING},
                             {kCn, "\0\0\0\xd5"s, V_ASN1_UNIVERSALSTRING}};
    for (const auto& entry : entries) {
      const auto certificate = make_certificate(with_subject({entry}));
      CPPUNIT_ASSERT_EQUAL("\u00d5"s, texts(certificate, "subject.CN"));
      CPPUNIT_ASSERT(!certificate.malformed);
    }
  }

  void printable_string_may_hold_any_printable_ascii() {
    CPPUNIT_ASSERT_EQUAL(""s, malformed_cn("bob@x_*&!", V_ASN1_PRINTABLESTRING));
    CPPUNIT_ASSERT_EQUAL(""s, malformed_cn("12 34", V_ASN1_NUMERICSTRING));
  }

  void control_characters_are_malformed() {
    const std::pair<std::string, int> values[] = {
        {"a\0b"s, V_ASN1_UTF8STRING},   {"a\nb", V_ASN1_PRINTABLESTRING},
        {"a\x7f", V_ASN1_UTF8STRING},   {"\u0085", V_ASN1_UTF8STRING},
        {"\0a\0\0"s, V_ASN1_BMPSTRING}, {"\0\x9f"s, V_ASN1_BMPSTRING},
        {"\x1b[m", V_ASN1_T61STRING},   {"\0\0\0\x01"s, V_ASN1_UNIVERSALSTRING}};
    for (const auto& [value, tag] : values) {
      ASSERT_SAYS("CN holds a control character", malformed_cn(value, tag));
    }
    ASSERT_SAYS("email holds a control", malformed_alt_names(email("bob@x\nemail:alice@x")));
    ASSERT_SAYS("dns holds a control", malformed_alt_names(dns("a\0b"s)));
    ASSERT_SAYS("uri holds a control", malformed_alt_names(uri("a\r"s)));
    ASSERT_SAYS("upn holds a control", malformed_alt_names(other_name(kUpn, utf8("a\0@b"s))));
    ASSERT_SAYS("krb5 holds a control",
                malformed_alt_names(other_name(kKrb5, principal({"a\0"s}, "B"))));
  }

  void wrong_encodings_are_malformed() {
    ASSERT_SAYS("PrintableString", malformed_cn("Jos\xc3\xa9", V_ASN1_PRINTABLESTRING));
    ASSERT_SAYS("NumericString", malformed_cn("12a", V_ASN1_NUMERICSTRING));
    ASSERT_SAYS("email is an IA5String", malformed_alt_names(email("b\xc3\xb5@x")));
    ASSERT_SAYS("upn is not valid UTF-8", malformed_alt_names(other_name(kUpn, utf8("\xff"))));
    ASSERT_SAYS("krb5 is an IA5", malformed_alt_names(other_name(kKrb5, principal({"\xff"}, "B"))));
  }

  // d2i_X509() may refuse such names before we see them.
  void strings_decode_strictly() {
    const std::pair<int, std::string> strings[] = {
        {V_ASN1_UTF8STRING, "a\xff"},           {V_ASN1_UTF8STRING, "\xc0\x80"},
        {V_ASN1_UTF8STRING, "\xed\xa0\x80"},    {V_ASN1_BMPSTRING, "\xd8\x00\xdc\x00"s},
        {V_ASN1_BMPSTRING, "\0a\0"s},           {V_ASN1_UNIVERSALSTRING, "\0\x11\0\0"s},
        {V_ASN1_UNIVERSALSTRING, "\0\0\0a\0"s}, {V_ASN1_VISIBLESTRING, "\xe9"}};
    for (const auto& [tag, octets] : strings) {
      std::string decoded;
      CPPUNIT_ASSERT(decode_character_string(tag, octets, decoded));
      CPPUNIT_ASSERT_EQUAL(""s, decoded);
    }
    CPPUNIT_ASSERT(!is_character_string(V_ASN1_BIT_STRING));
  }

  void t61_strings_are_latin_1() {
    const std::pair<const char*, const char*> values[] = {
        {"Jos\xe9", "Jos\u00e9"}, {"Jos\xc3\xa9", "Jos\u00c3\u00a9"}, {"\xa0\xff", "\u00a0\u00ff"}};
    for (const auto& [octets, text] : values) {
      const auto certificate = make_certificate(with_subject({{kCn, octets, V_ASN1_T61STRING}}));
      CPPUNIT_ASSERT_EQUAL(""s, certificate.malformed.value_or(""));
      CPPUNIT_ASSERT_EQUAL(std::string(text), texts(certificate, "subject.CN"));
    }
    for (const auto* control : {"\x80", "\x9f"})
      ASSERT_SAYS("holds a control", malformed_cn(control, V_ASN1_T61STRING));
    ASSERT_SAYS("is longer", malformed_cn(std::string(2049, '\xe9'), V_ASN1_T61STRING));
  }

  // They stay parts of their names: "CN=a" is not "CN=a,OU=".
  void empty_values_are_absent() {
    for (const int tag : {V_ASN1_UTF8STRING, V_ASN1_PRINTABLESTRING, V_ASN1_BMPSTRING}) {
      const auto certificate = make_certificate(
          with_subject({{"2.5.4.10", "", tag}, {"2.3.4.5", "", tag}, {kCn, "bob"}}));
      CPPUNIT_ASSERT_EQUAL(""s, certificate.malformed.value_or(""));
      CPPUNIT_ASSERT(values_of(certificate, parse_attribute("subject.O")).empty());
      CPPUNIT_ASSERT(values_of(certificate, parse_attribute("subject.2.3.4.5")).empty());
      CPPUNIT_ASSERT_EQUAL("CN=bob,2.3.4.5=,O="s, texts(certificate, "subject"));
      CPPUNIT_ASSERT(comparison_key(parse_name("CN=bob,2.3.4.5=,O=")) ==
                     comparison_key(certificate.subject));
      CPPUNIT_ASSERT(comparison_key(parse_name("CN=bob,2.3.4.5=#0c00,O=#1300")) ==
                     comparison_key(certificate.subject));
      CPPUNIT_ASSERT(comparison_key(parse_name("CN=bob")) != comparison_key(certificate.subject));
    }
    const auto certificate =
        with_alt_names(email("") + dns("") + uri("") + dirname({}) + dirname({{kCn, ""}}) +
                       other_name(kUpn, utf8("")) + other_name(kXmpp, utf8("")) + email("a@b"));
    CPPUNIT_ASSERT_EQUAL(""s, certificate.malformed.value_or(""));
    for (const auto* name : {"dns", "uri", "dirname.CN", "upn", "xmpp"})
      CPPUNIT_ASSERT_MESSAGE(name, values_of(certificate, parse_attribute(name)).empty());
    CPPUNIT_ASSERT_EQUAL("a@b"s, texts(certificate, "email"));
    CPPUNIT_ASSERT_EQUAL("CN="s, texts(certificate, "dirname"));
  }

  void empty_parts_of_a_principal_are_malformed() {
    ASSERT_SAYS("krb5 has an empty part",
                malformed_alt_names(other_name(kKrb5, principal({""}, "B"))));
    ASSERT_SAYS("krb5 has an empty part",
                malformed_alt_names(other_name(kKrb5, principal({"a"}, ""))));
  }

  void values_over_4096_bytes_are_malformed() {
    CPPUNIT_ASSERT_EQUAL(""s, malformed_cn(std::string(4096, 'a')));
    ASSERT_SAYS("CN is longer", malformed_cn(std::string(4097, 'a')));
    ASSERT_SAYS("email is longer", malformed_alt_names(email(std::string(4097, 'a'))));
    ASSERT_SAYS("othername.1.2.3 is longer",
                malformed_alt_names(other_name("1.2.3", utf8(std::string(4096, 'a')))));
    ASSERT_SAYS(
        "x500UniqueIdentifier is longer",
        malformed(with_subject({{"2.5.4.45", std::string(4098, '\0'), V_ASN1_BIT_STRING}})));
  }

  void issuer_and_dirname_are_checked_too() {
    CertificateSpec spec;
    spec.issuer = {{"2.3.4.5", "a\nb"}};
    ASSERT_SAYS("the issuer's 2.3.4.5 holds a control", malformed(spec));
    ASSERT_SAYS("dirname's CN holds a control", malformed_alt_names(dirname({{kCn, "\n"}})));
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

  void undecodable_extensions_are_malformed() {
    const std::pair<const char*, const char*> extensions[] = {
        {"2.5.29.17", "subjectAltName"},
        {"2.5.29.14", "subjectKeyIdentifier"},
        {"2.5.29.35", "authorityKeyIdentifier"},
        {"2.5.29.37", "extendedKeyUsage"},
        {"2.5.29.32", "certificatePolicies"},
        {"2.5.29.15", "keyUsage"},
        {kSid, "SID extension"}};
    for (const auto& [type, name] : extensions) {
      const auto sentence = malformed(with_extensions(extension(type, "nonsense")));
      CPPUNIT_ASSERT_EQUAL("the certificate's "s + name + " cannot be decoded", sentence);
    }
    for (const auto* sid :
         {"", "S-1-", "S-1-5-x", "s-1-5-2", "S-1-5 ", "S-1-5-", "S-1--5", "S-1-5--2"}) {
      ASSERT_SAYS("SID", malformed(with_extensions(extension(kSid, sid_extension(sid)))));
    }
    CPPUNIT_ASSERT_EQUAL(""s,
                         malformed(with_extensions(extension(kSid, sid_extension("S-1-5-2")))));
  }

  void usages_that_are_no_objects_are_malformed() {
    const auto client = tlv(V_ASN1_OBJECT, oid("1.3.6.1.5.5.7.3.2"));
    const auto constructed = tlv(V_ASN1_OBJECT | V_ASN1_CONSTRUCTED, oid("1.3.6.1.5.5.7.3.2"));
    for (const auto& usages :
         {sequence(client + constructed), sequence(tlv(0x86, oid("2.5.29.37.0"))),
          sequence(tlv(V_ASN1_OBJECT, "")), sequence(client + "x"), tlv(V_ASN1_SEQUENCE, client),
          tlv(V_ASN1_SET | V_ASN1_CONSTRUCTED, client)})
      ASSERT_SAYS("extendedKeyUsage", malformed(with_extensions(extension("2.5.29.37", usages))));
  }

  void a_sid_extension_with_anything_else_is_malformed() {
    const auto name = [](const char* type) {
      return tlv(0xa0,
                 tlv(V_ASN1_OBJECT, oid(type)) + tlv(0xa0, tlv(V_ASN1_OCTET_STRING, "S-1-5-2")));
    };
    const auto sid = name("1.3.6.1.4.1.311.25.2.1");
    CPPUNIT_ASSERT_EQUAL(""s, malformed(with_extensions(extension(kSid, sequence(sid)))));
    for (const auto& content : {sid + sid, name("1.3.6.1.4.1.311.25.2.2"), std::string()}) {
      ASSERT_SAYS("SID", malformed(with_extensions(extension(kSid, sequence(content)))));
    }
  }

  void octets_after_an_extension_are_malformed() {
    const auto usages = sequence(tlv(V_ASN1_OBJECT, oid("1.3.6.1.5.5.7.3.2")));
    CPPUNIT_ASSERT_EQUAL(""s, malformed(with_extensions(extension("2.5.29.37", usages))));
    ASSERT_SAYS("extendedKeyUsage",
                malformed(with_extensions(extension("2.5.29.37", usages + "x"))));
    ASSERT_SAYS("subjectAltName",
                malformed(with_extensions(extension("2.5.29.17", sequence(dns("a")) + "x"))));
    ASSERT_SAYS("SID", malformed(with_extensions(extension(kSid, from_hex(kSidExtension) + "x"))));
  }

  void more_than_256_alt_names_are_malformed() {
    std::string names;
    for (int i = 0; i < 256; ++i) names += dns("a");
    CPPUNIT_ASSERT_EQUAL(""s, malformed_alt_names(names));
    ASSERT_SAYS("more than 256", malformed_alt_names(names + tlv(0xa5, tlv(0xa1, utf8("a")))));
    ASSERT_SAYS("more than 256", malformed_alt_names(names + dns("a")));
  }

  void an_extension_that_occurs_twice_is_malformed() {
    const auto unknown = extension("1.2.3.4", "x");
    CPPUNIT_ASSERT_EQUAL(""s, malformed(with_extensions(unknown + extension("1.2.3.5", "x"))));
    CPPUNIT_ASSERT_EQUAL("the certificate's extension 1.2.3.4 occurs twice"s,
                         malformed(with_extensions(unknown + extension("1.2.3.5", "x") + unknown)));
    ASSERT_SAYS("2.5.29.17 occurs twice",
                malformed(with_extensions(alt_names(dns("a")) + alt_names(dns("b")))));
  }

  void long_oids_are_malformed() {
    const std::string long_oid = "\x2b"s + std::string(511, '\x81') + "\x01";
    ASSERT_SAYS("rid is longer", malformed_alt_names(rid(long_oid)));
    CPPUNIT_ASSERT_EQUAL(""s, malformed_alt_names(rid(long_oid.substr(1))));
    ASSERT_SAYS(
        "extendedKeyUsage",
        malformed(with_extensions(extension("2.5.29.37", sequence(tlv(V_ASN1_OBJECT, long_oid))))));
  }

  void unknown_alt_names_are_left_alone() {
    const auto certificate = with_alt_names(tlv(0xa5, tlv(0xa1, utf8("a\n"))) +
                                            other_name("1.2.3", utf8("\xff")) + dns("a"));
    CPPUNIT_ASSERT_EQUAL(""s, certificate.malformed.value_or(""));
    CPPUNIT_ASSERT_EQUAL("a"s, texts(certificate, "dns"));
    CPPUNIT_ASSERT_EQUAL("0c01ff"s, texts(certificate, "othername.1.2.3"));
  }

  void facts_of_a_malformed_certificate_are_there() {
    CertificateSpec spec;
    spec.subject = {{"2.5.4.10", "Example"}, {kCn, "a\xff", V_ASN1_PRINTABLESTRING}};
    const auto certificate = make_certificate(spec);
    CPPUNIT_ASSERT(certificate.malformed);
    CPPUNIT_ASSERT_EQUAL("CN=#130261ff,O=Example"s,
                         to_text(certificate.subject, NameStyle::Rfc4514));
    CPPUNIT_ASSERT_EQUAL("CN=Corp CA"s, texts(certificate, "issuer"));
    CPPUNIT_ASSERT_EQUAL(std::size_t{32}, certificate.sha256.octets().size());
    CPPUNIT_ASSERT(certificate.not_after > 0);
  }

  void sentences_are_clean_and_name_the_field() {
    CPPUNIT_ASSERT_EQUAL("the subject's CN holds a control character"s, malformed_cn("\x1b[2J"));
    CPPUNIT_ASSERT_EQUAL("the subjectAltName's upn has the wrong type"s,
                         malformed_alt_names(other_name(kUpn, tlv(V_ASN1_IA5STRING, "\n"))));
  }

  void openssls_error_queue_is_left_alone() {
    ERR_clear_error();
    read_certificate("nonsense");
    malformed(with_extensions(extension("2.5.29.37", "nonsense")));
    malformed_alt_names(other_name(kKrb5, sequence("\x30\x7f")));
    CPPUNIT_ASSERT_EQUAL(0UL, ERR_peek_error());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CertificateTest);

}  // namespace certmap::test
