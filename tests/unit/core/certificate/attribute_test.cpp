#include "core/certificate/attribute.h"

#include <cppunit/extensions/HelperMacros.h>
#include <openssl/asn1.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "core/certificate/certificate.h"
#include "core/text/encodings.h"
#include "core/text/error.h"
#include "make_certificate.h"

namespace certmap::test {
namespace {

using namespace std::string_literals;

std::string canonical(std::string_view name) { return name_of(parse_attribute(name)); }

std::string error_for(std::string_view name) {
  try {
    parse_attribute(name);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return {};
}

bool contains(const std::string& text, const char* part) { return text.find(part) != text.npos; }

}  // namespace

class AttributeTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(AttributeTest);
  CPPUNIT_TEST(every_name_is_known_in_any_case);
  CPPUNIT_TEST(aliases_are_known);
  CPPUNIT_TEST(components_are_known_by_any_name_of_their_type);
  CPPUNIT_TEST(unknown_names_are_errors_with_a_hint);
  CPPUNIT_TEST(issuer_serial_is_a_key_only);
  CPPUNIT_TEST(types_of_values_are_known);
  CPPUNIT_TEST(components_come_in_certificate_order);
  CPPUNIT_TEST(absent_attributes_have_no_values);
  CPPUNIT_TEST(cert_and_spki_are_der_and_read_as_digests);
  CPPUNIT_TEST(cea_is_a_certificate_exact_match_assertion);
  CPPUNIT_TEST_SUITE_END();

 public:
  void every_name_is_known_in_any_case() {
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
                             "krb5",
                             "xmpp",
                             "srv",
                             "smtputf8",
                             "sid",
                             "serial",
                             "cert",
                             "spki",
                             "sha256",
                             "sha1",
                             "cea",
                             "ski",
                             "aki",
                             "eku",
                             "policy",
                             "ext.1.2.3",
                             "othername.1.2.3",
                             "notbefore",
                             "notafter",
                             "subject.2.3.4.5"}) {
      CPPUNIT_ASSERT_EQUAL(std::string(name), canonical(name));
      CPPUNIT_ASSERT(is_attribute(to_lower(name)));
    }
    CPPUNIT_ASSERT_EQUAL("subject.CN"s, canonical("SUBJECT.cn"));
    CPPUNIT_ASSERT_EQUAL("notbefore"s, canonical("NotBefore"));
  }

  void aliases_are_known() {
    const std::pair<const char*, const char*> aliases[] = {
        {"subject_dn", "subject"},
        {"issuer_dn", "issuer"},
        {"subject_rfc822_name", "email"},
        {"subject_dns_name", "dns"},
        {"subject_uri", "uri"},
        {"subject_ip_address", "ip"},
        {"subject_registered_id", "rid"},
        {"subject_directory_name", "dirname"},
        {"subject_nt_principal", "upn"},
        {"subject_pkinit_principal", "krb5"},
        {"serial_number", "serial"},
        {"subject_key_id", "ski"},
        {"subject_dn_component.cn", "subject.CN"},
        {"issuer_dn_component.o", "issuer.O"}};
    for (const auto& [alias, name] : aliases)
      CPPUNIT_ASSERT_EQUAL(std::string(name), canonical(alias));
  }

  void components_are_known_by_any_name_of_their_type() {
    CPPUNIT_ASSERT_EQUAL("subject.CN"s, canonical("subject.commonName"));
    CPPUNIT_ASSERT_EQUAL("subject.CN"s, canonical("subject.2.5.4.3"));
    CPPUNIT_ASSERT_EQUAL("issuer.emailAddress"s, canonical("ISSUER.EMAILADDRESS"));
    CPPUNIT_ASSERT(parse_attribute("subject.UID") == parse_attribute("subject.userid"));
    CPPUNIT_ASSERT(parse_attribute("subject.CN") != parse_attribute("issuer.CN"));
  }

  void unknown_names_are_errors_with_a_hint() {
    CPPUNIT_ASSERT_EQUAL("unknown attribute \"mail\"; did you mean email?"s, error_for("mail"));
    CPPUNIT_ASSERT(contains(error_for("emial"), "did you mean email?"));
    CPPUNIT_ASSERT(contains(error_for("CN"), "did you mean subject.CN?"));
    CPPUNIT_ASSERT(contains(error_for("keyUsage"), "did you mean ku?"));
    CPPUNIT_ASSERT(contains(error_for("extendedKeyUsage"), "did you mean eku?"));
    CPPUNIT_ASSERT(contains(error_for("clientAuth"), "did you mean eku?"));
    CPPUNIT_ASSERT(contains(error_for("certificatePolicies"), "did you mean policy?"));
    CPPUNIT_ASSERT(contains(error_for("subjectAltName"), "did you mean email, dns, uri,"));
    CPPUNIT_ASSERT(contains(error_for("subjectKeyIdentifier"), "did you mean ski?"));
    CPPUNIT_ASSERT(contains(error_for("authorityKeyIdentifier"), "did you mean aki?"));
    CPPUNIT_ASSERT(contains(error_for("basicConstraints"), "did you mean ext.2.5.29.19?"));
    CPPUNIT_ASSERT(contains(error_for("authorityInfoAccess"), "mean ext.1.3.6.1.5.5.7.1.1?"));
    CPPUNIT_ASSERT(contains(error_for("dirname.nosuch"), "OpenSSL's name"));
    CPPUNIT_ASSERT(contains(error_for("subject.nosuch"), "OpenSSL's name"));
    CPPUNIT_ASSERT(contains(error_for("ext.basicConstraints"), "dotted OID"));
    CPPUNIT_ASSERT(contains(error_for("completely.wrong"), "write one like"));
    for (const auto* name : {"", "subject.", "ext.", "othername", "nosuch"}) {
      CPPUNIT_ASSERT(!is_attribute(name));
      CPPUNIT_ASSERT(!error_for(name).empty());
    }
  }

  void issuer_serial_is_a_key_only() {
    CPPUNIT_ASSERT(parse_key_attribute("Issuer-Serial").kind == AttributeKind::IssuerSerial);
    CPPUNIT_ASSERT(contains(error_for("issuer-serial"), "map files only"));
    CPPUNIT_ASSERT(!is_attribute("issuer-serial"));
  }

  void types_of_values_are_known() {
    CPPUNIT_ASSERT(type_of(parse_attribute("subject")) == ValueType::Name);
    CPPUNIT_ASSERT(type_of(parse_attribute("subject.CN")) == ValueType::Text);
    CPPUNIT_ASSERT(type_of(parse_attribute("spki")) == ValueType::Octets);
    const auto certificate = full_certificate();
    for (const auto* name : {"subject", "email", "dirname", "serial", "cert", "eku", "sha1", "cea",
                             "notafter", "othername.1.2.3", "ext.2.5.29.14", "upn"}) {
      const auto attribute = parse_attribute(name);
      const auto values = values_of(certificate, attribute);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(name, std::size_t{1}, values.size());
      CPPUNIT_ASSERT_MESSAGE(name, values.front().type == type_of(attribute));
    }
  }

  void components_come_in_certificate_order() {
    CPPUNIT_ASSERT_EQUAL("People|Staff"s, texts(full_certificate(), "subject.OU"));
    CPPUNIT_ASSERT_EQUAL("Corp CA"s, texts(full_certificate(), "issuer.CN"));
    CertificateSpec spec;
    spec.subject = {{"2.5.4.45", "\0\xff"s, V_ASN1_BIT_STRING}, {kCn, "a,b=\\"}};
    CPPUNIT_ASSERT_EQUAL("#030200ff"s, texts(make_certificate(spec), "subject.2.5.4.45"));
    CPPUNIT_ASSERT_EQUAL("a,b=\\"s, texts(make_certificate(spec), "subject.CN"));
  }

  void absent_attributes_have_no_values() {
    CertificateSpec spec;
    spec.subject = {};
    const auto certificate = make_certificate(spec);
    for (const auto* name : {"subject", "subject.CN", "email", "dirname", "sid", "ski", "aki",
                             "eku", "policy", "ext.1.2.3", "othername.1.2.3"}) {
      CPPUNIT_ASSERT_MESSAGE(name, values_of(certificate, parse_attribute(name)).empty());
    }
  }

  void cert_and_spki_are_der_and_read_as_digests() {
    const auto certificate = make_certificate({});
    const auto values = values_of(certificate, parse_attribute("cert"));
    CPPUNIT_ASSERT(values.at(0).data == certificate_der({}));
    CPPUNIT_ASSERT_EQUAL(hex(certificate.sha256.octets()), text_of(values.at(0)));
    CPPUNIT_ASSERT(values_of(certificate, parse_attribute("spki")).at(0).data == spki_der());
    CPPUNIT_ASSERT_EQUAL(std::size_t{64}, texts(certificate, "spki").size());
    CPPUNIT_ASSERT_EQUAL(std::size_t{40}, texts(certificate, "sha1").size());
  }

  void cea_is_a_certificate_exact_match_assertion() {
    CPPUNIT_ASSERT_EQUAL(
        "{ serialNumber 2587, issuer rdnSequence:\"CN=Corp CA,O=The \\\"\"CA\\\"\"\" }"s,
        texts(full_certificate(), "cea"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(AttributeTest);

}  // namespace certmap::test
