#include "core/certificate/character_string.h"

#include <cppunit/extensions/HelperMacros.h>
#include <openssl/asn1.h>

#include <string>
#include <utility>

#include "core/certificate/certificate.h"
#include "extension_values.h"
#include "make_certificate.h"
#include "malformed.h"

namespace certmap::test {

using namespace std::string_literals;

class CharacterStringTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CharacterStringTest);
  CPPUNIT_TEST(string_types_decode_to_the_same_text);
  CPPUNIT_TEST(printable_string_may_hold_any_printable_ascii);
  CPPUNIT_TEST(control_characters_are_malformed);
  CPPUNIT_TEST(wrong_encodings_are_malformed);
  CPPUNIT_TEST(strings_decode_strictly);
  CPPUNIT_TEST(t61_strings_are_latin_1);
  CPPUNIT_TEST(empty_values_are_absent);
  CPPUNIT_TEST(values_over_4096_bytes_are_malformed);
  CPPUNIT_TEST_SUITE_END();

 public:
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
};

CPPUNIT_TEST_SUITE_REGISTRATION(CharacterStringTest);

}  // namespace certmap::test
