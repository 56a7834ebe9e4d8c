#include "core/certificate/certificate.h"

#include <cppunit/extensions/HelperMacros.h>
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/sha.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "core/text/encodings.h"
#include "extension_values.h"
#include "make_certificate.h"
#include "malformed.h"

namespace certmap::test {

using namespace std::string_literals;

class CertificateTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CertificateTest);
  CPPUNIT_TEST(what_is_no_certificate_is_not_read);
  CPPUNIT_TEST(dates_serial_and_digests_are_read);
  CPPUNIT_TEST(serial_zero_has_one_octet);
  CPPUNIT_TEST(leading_zero_octet_of_the_serial_is_left_out);
  CPPUNIT_TEST(negative_serial_is_malformed_and_shown_as_it_is);
  CPPUNIT_TEST(key_identifiers_usages_and_policies_are_read);
  CPPUNIT_TEST(key_identifier_is_read_beside_others);
  CPPUNIT_TEST(a_copy_has_the_same_digest);
  CPPUNIT_TEST(key_usages_are_named);
  CPPUNIT_TEST(of_policies_only_the_identifiers_are_read);
  CPPUNIT_TEST(empty_subject_is_absent);
  CPPUNIT_TEST(issuer_and_dirname_are_checked_too);
  CPPUNIT_TEST(undecodable_extensions_are_malformed);
  CPPUNIT_TEST(usages_that_are_no_objects_are_malformed);
  CPPUNIT_TEST(octets_after_an_extension_are_malformed);
  CPPUNIT_TEST(an_extension_that_occurs_twice_is_malformed);
  CPPUNIT_TEST(long_oids_are_malformed);
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

  void issuer_and_dirname_are_checked_too() {
    CertificateSpec spec;
    spec.issuer = {{"2.3.4.5", "a\nb"}};
    ASSERT_SAYS("the issuer's 2.3.4.5 holds a control", malformed(spec));
    ASSERT_SAYS("dirname's CN holds a control", malformed_alt_names(dirname({{kCn, "\n"}})));
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

  void octets_after_an_extension_are_malformed() {
    const auto usages = sequence(tlv(V_ASN1_OBJECT, oid("1.3.6.1.5.5.7.3.2")));
    CPPUNIT_ASSERT_EQUAL(""s, malformed(with_extensions(extension("2.5.29.37", usages))));
    ASSERT_SAYS("extendedKeyUsage",
                malformed(with_extensions(extension("2.5.29.37", usages + "x"))));
    ASSERT_SAYS("subjectAltName",
                malformed(with_extensions(extension("2.5.29.17", sequence(dns("a")) + "x"))));
    ASSERT_SAYS("SID", malformed(with_extensions(extension(kSid, from_hex(kSidExtension) + "x"))));
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
