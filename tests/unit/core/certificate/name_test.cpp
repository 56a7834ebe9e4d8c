#include "core/certificate/name.h"

#include <cppunit/extensions/HelperMacros.h>
#include <openssl/bio.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "core/text/error.h"
#include "make_certificate.h"

namespace certmap::test {
namespace {

Name read(const Entries& entries) {
  CertificateSpec spec;
  spec.subject = entries;
  return make_certificate(spec).subject;
}

constexpr unsigned long kFlagsOfModSsl = XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB;

std::string rfc4514(const Entries& entries) { return to_text(read(entries), NameStyle::Rfc4514); }

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

std::string key_of_text(const char* text) { return comparison_key(parse_name(text)); }
std::string key(const Entries& entries) { return comparison_key(read(entries)); }

const char kCn[] = "2.5.4.3";
const char kOu[] = "2.5.4.11";
const char kO[] = "2.5.4.10";

std::string utf16(std::string_view ascii) {
  std::string wide;
  for (const char c : ascii) wide += std::string(1, '\0') + c;
  return wide;
}

std::string utf32(std::string_view ascii) {
  std::string wide;
  for (const char c : ascii) wide += std::string(3, '\0') + c;
  return wide;
}

}  // namespace

class NameTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(NameTest);
  CPPUNIT_TEST(rfc4514_text_is_openssls_with_utf8_unescaped);
  CPPUNIT_TEST(rfc4514_text_escapes_what_rfc4514_says);
  CPPUNIT_TEST(unnamed_types_and_other_values_are_hex);
  CPPUNIT_TEST(type_names_that_rfc4514_cannot_hold_are_dotted);
  CPPUNIT_TEST(uid_is_the_user_id_in_any_case);
  CPPUNIT_TEST(openssl_style_is_mod_ssls_with_utf8_unescaped);
  CPPUNIT_TEST(openssl_style_writes_a_single_hash_as_openssl_does);
  CPPUNIT_TEST(ad_styles_are_sssds);
  CPPUNIT_TEST(nss_styles_are_sssds);
  CPPUNIT_TEST(every_text_of_rfc4514_is_read_back);
  CPPUNIT_TEST(case_and_blanks_do_not_matter);
  CPPUNIT_TEST(case_folding_is_ascii_only);
  CPPUNIT_TEST(string_type_does_not_matter);
  CPPUNIT_TEST(order_inside_an_rdn_does_not_matter);
  CPPUNIT_TEST(order_of_rdns_matters);
  CPPUNIT_TEST(an_rdn_with_two_values_is_not_two_rdns);
  CPPUNIT_TEST(type_of_a_component_matters);
  CPPUNIT_TEST(no_value_can_imitate_another_name);
  CPPUNIT_TEST(hex_values_that_are_strings_equal_their_text);
  CPPUNIT_TEST(hex_values_of_other_types_compare_by_their_der);
  CPPUNIT_TEST(types_are_known_by_any_of_their_names);
  CPPUNIT_TEST(a_dot_in_a_value_is_no_oid_prefix);
  CPPUNIT_TEST(plain_names_are_read_as_escaped_ones);
  CPPUNIT_TEST(names_that_cannot_be_read_are_errors);
  CPPUNIT_TEST(values_that_no_certificate_has_are_errors);
  CPPUNIT_TEST(oids_become_names_and_dotted_text);
  CPPUNIT_TEST(oids_with_long_arcs_become_dotted_text);
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

  void uid_is_the_user_id_in_any_case() {
    const Entries user = {{"0.9.2342.19200300.100.1.1", "a"}};
    const Entries unique = {{"0.9.2342.19200300.100.1.44", "a"}};
    CPPUNIT_ASSERT(key_of_text("uid=a") == key(user));
    CPPUNIT_ASSERT(key_of_text("uniqueIdentifier=a") == key(unique));
    CPPUNIT_ASSERT_EQUAL(std::string("0.9.2342.19200300.100.1.44=a"), rfc4514(unique));
    CPPUNIT_ASSERT_EQUAL(std::string("uid=a"), to_text(read(unique), NameStyle::OpenSsl));
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
