#include <cppunit/extensions/HelperMacros.h>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/x509.h>

#include <cstddef>
#include <memory>
#include <string>

#include "core/certificate/name.h"
#include "make_certificate.h"
#include "names.h"

namespace certmap::test {
namespace {

constexpr unsigned long kFlagsOfModSsl = XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB;

std::string printed_by_openssl(const Entries& entries, unsigned long flags) {
  const std::string der = name_der(entries);
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<X509_NAME, void (*)(X509_NAME*)> name(
      d2i_X509_NAME(nullptr, &at, static_cast<long>(der.size())), X509_NAME_free);
  const std::unique_ptr<BIO, int (*)(BIO*)> bio(BIO_new(BIO_s_mem()), BIO_free);
  X509_NAME_print_ex(bio.get(), name.get(), 0, flags);
  char* data = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(length)};
}

}  // namespace

class NameTextTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(NameTextTest);
  CPPUNIT_TEST(rfc4514_text_is_openssls_with_utf8_unescaped);
  CPPUNIT_TEST(rfc4514_text_escapes_what_rfc4514_says);
  CPPUNIT_TEST(unnamed_types_and_other_values_are_hex);
  CPPUNIT_TEST(type_names_that_rfc4514_cannot_hold_are_dotted);
  CPPUNIT_TEST(openssl_style_is_mod_ssls_with_utf8_unescaped);
  CPPUNIT_TEST(openssl_style_writes_a_single_hash_as_openssl_does);
  CPPUNIT_TEST(ad_styles_are_sssds);
  CPPUNIT_TEST(nss_styles_are_sssds);
  CPPUNIT_TEST(every_text_of_rfc4514_is_read_back);
  CPPUNIT_TEST_SUITE_END();

 public:
  void rfc4514_text_is_openssls_with_utf8_unescaped() {
    auto expected = printed_by_openssl(oddities(), kFlagsOfModSsl);
    const std::string upper = "#0C06637573746F6D";
    const auto at = expected.find(upper);
    CPPUNIT_ASSERT(at != expected.npos);
    expected.replace(at, upper.size(), "#0c06637573746f6d");
    CPPUNIT_ASSERT_EQUAL(expected, rfc4514(oddities()));
  }

  void rfc4514_text_escapes_what_rfc4514_says() {
    CPPUNIT_ASSERT_EQUAL(std::string("CN=\\#a\\,\\+\\\"\\\\\\<\\>\\; =#b\\ "),
                         rfc4514({{kCn, "#a,+\"\\<>; =#b "}}));
    CPPUNIT_ASSERT_EQUAL(std::string("CN=\\#"), rfc4514({{kCn, "#"}}));
    CPPUNIT_ASSERT_EQUAL(std::string("\\ a\\\\"), escape_name_value(" a\\"));
  }

  void unnamed_types_and_other_values_are_hex() {
    CPPUNIT_ASSERT_EQUAL(std::string("2.3.4.5=#0c0161"), rfc4514({{"2.3.4.5", "a"}}));
    CPPUNIT_ASSERT_EQUAL(std::string("x500UniqueIdentifier=#030200ff"),
                         rfc4514({{"2.5.4.45", std::string("\0\xff", 2), V_ASN1_BIT_STRING}}));
  }

  void type_names_that_rfc4514_cannot_hold_are_dotted() {
    const Entries entries = {{"1.3.6.1.4.1.11129.2.4.5", "a"}};
    CPPUNIT_ASSERT_EQUAL(std::string("1.3.6.1.4.1.11129.2.4.5=a"), rfc4514(entries));
    CPPUNIT_ASSERT_EQUAL(std::string("ct_cert_scts=a"), to_text(read(entries), NameStyle::OpenSsl));
    CPPUNIT_ASSERT(key(entries) == key_of_text(rfc4514(entries).c_str()));
  }

  void openssl_style_is_mod_ssls_with_utf8_unescaped() {
    const Entries hard = {{kCn, "#a,+\"\\<>; =#b "},
                          {kO, "\u00e9 "},
                          {"2.5.4.45", std::string("\0\xff", 2), V_ASN1_BIT_STRING},
                          {"2.3.4.5", "x", V_ASN1_PRINTABLESTRING, true},
                          {kOu, "old\xe9", V_ASN1_T61STRING},
                          {kOu, ""},
                          {kOu, utf16("wide"), V_ASN1_BMPSTRING}};
    for (const auto& entries : {oddities(), hard}) {
      CPPUNIT_ASSERT_EQUAL(printed_by_openssl(entries, kFlagsOfModSsl),
                           to_text(read(entries), NameStyle::OpenSsl));
    }
  }

  void openssl_style_writes_a_single_hash_as_openssl_does() {
    const Entries entries = {{kCn, "#"}, {kOu, " "}};
    CPPUNIT_ASSERT_EQUAL(printed_by_openssl(entries, kFlagsOfModSsl),
                         to_text(read(entries), NameStyle::OpenSsl));
  }

  void ad_styles_are_sssds() {
    const auto name = read(oddities());
    CPPUNIT_ASSERT_EQUAL(
        std::string("DC=com,DC=example,C=EE,S=Harju,O=Acme\\, Inc. R\\+D,OU=\\ lead and trail,"
                    "SERIALNUMBER=PNOEE-38001085718,SN=J\\C3\\95EORG,G=JAAK-KRISTJAN,T=Dr,"
                    "OID.0.9.2342.19200300.100.1.1=jaak,"
                    "CN=J\\C3\\95EORG\\,JAAK-KRISTJAN\\,38001085718,E=jaak@example.com,"
                    "UNDEF=custom"),
        to_text(name, NameStyle::AdX500));
    CPPUNIT_ASSERT_EQUAL(
        std::string("UNDEF=custom,E=jaak@example.com,"
                    "CN=J\\C3\\95EORG\\,JAAK-KRISTJAN\\,38001085718,"
                    "OID.0.9.2342.19200300.100.1.1=jaak,T=Dr,G=JAAK-KRISTJAN,SN=J\\C3\\95EORG,"
                    "SERIALNUMBER=PNOEE-38001085718,OU=\\ lead and trail,O=Acme\\, Inc. R\\+D,"
                    "S=Harju,C=EE,DC=example,DC=com"),
        to_text(name, NameStyle::AdLdap));
  }

  void nss_styles_are_sssds() {
    const auto name = read(oddities());
    CPPUNIT_ASSERT_EQUAL(
        std::string("UNDEF=custom,E=jaak@example.com,"
                    "CN=J\\C3\\95EORG\\,JAAK-KRISTJAN\\,38001085718,UID=jaak,title=Dr,"
                    "givenName=JAAK-KRISTJAN,SN=J\\C3\\95EORG,serialNumber=PNOEE-38001085718,"
                    "OU=\\ lead and trail,O=Acme\\, Inc. R\\+D,ST=Harju,C=EE,DC=example,DC=com"),
        to_text(name, NameStyle::NssLdap));
    CPPUNIT_ASSERT_EQUAL(
        std::string("DC=com,DC=example,C=EE,ST=Harju,O=Acme\\, Inc. R\\+D,OU=\\ lead and trail,"
                    "serialNumber=PNOEE-38001085718,SN=J\\C3\\95EORG,givenName=JAAK-KRISTJAN,"
                    "title=Dr,UID=jaak,CN=J\\C3\\95EORG\\,JAAK-KRISTJAN\\,38001085718,"
                    "E=jaak@example.com,UNDEF=custom"),
        to_text(name, NameStyle::NssX500));
  }

  void every_text_of_rfc4514_is_read_back() {
    const Entries hard = {{kCn, "#a,+\"\\<>; =#b "}, {kOu, "\\\\ \\", V_ASN1_UTF8STRING, true}};
    for (const auto& entries : {oddities(), hard}) {
      CPPUNIT_ASSERT(key(entries) == comparison_key(parse_name(rfc4514(entries))));
      const auto openssl = to_text(read(entries), NameStyle::OpenSsl);
      CPPUNIT_ASSERT(key(entries) == comparison_key(parse_name(openssl)));
      const auto escaped = printed_by_openssl(entries, XN_FLAG_RFC2253);
      CPPUNIT_ASSERT(key(entries) == comparison_key(parse_name(escaped)));
    }
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(NameTextTest);

}  // namespace certmap::test
