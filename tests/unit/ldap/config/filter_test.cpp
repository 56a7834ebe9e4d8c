#include "ldap/config/filter.h"

#include <cppunit/extensions/HelperMacros.h>
#include <openssl/asn1.h>

#include <cstddef>
#include <string>

#include "expanded_filter.h"
#include "make_certificate.h"
#include "sent_filter.h"

namespace certmap::test {
namespace {

using namespace std::string_literals;

constexpr const char* kOther = "1.2.3.4";

Certificate with_cn(const std::string& cn) {
  CertificateSpec spec;
  spec.subject = {{"2.5.4.3", cn}};
  return make_certificate(spec);
}

void unsafe(const std::string& cn, const std::string& why,
            const std::string& part = "{subject.CN}") {
  const auto result = expansion("(cn=x" + part + "y)", with_cn(cn));
  CPPUNIT_ASSERT(result.reason == Reason::UnsafeAccount);
  CPPUNIT_ASSERT_EQUAL("the value of " + part + " " + why, result.text);
}

}  // namespace

class FilterTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(FilterTest);
  CPPUNIT_TEST(templates_are_filled_in);
  CPPUNIT_TEST(everything_substituted_is_escaped);
  CPPUNIT_TEST(a_value_arrives_octet_for_octet);
  CPPUNIT_TEST(groups_are_escaped_too);
  CPPUNIT_TEST(named_groups_and_conversions_are_escaped_too);
  CPPUNIT_TEST(literal_text_stays_as_it_is);
  CPPUNIT_TEST(asterisks_of_the_filter_stay_and_of_the_value_do_not);
  CPPUNIT_TEST(bin_escapes_every_octet);
  CPPUNIT_TEST(bin_sends_the_certificate);
  CPPUNIT_TEST(text_behind_bin_is_checked_nevertheless);
  CPPUNIT_TEST(dn_escapes_for_a_name_and_then_for_the_filter);
  CPPUNIT_TEST(dn_hides_no_unsafe_value);
  CPPUNIT_TEST(names_hide_no_unsafe_value);
  CPPUNIT_TEST(unsafe_values_are_named);
  CPPUNIT_TEST(each_value_is_checked_by_itself);
  CPPUNIT_TEST(missing_and_ambiguous_are_told);
  CPPUNIT_TEST(exact_match_assertion_of_rfc_4523);
  CPPUNIT_TEST(exact_match_assertion_doubles_quotes);
  CPPUNIT_TEST(knows_whether_it_uses_cea);
  CPPUNIT_TEST(a_filter_needs_a_template);
  CPPUNIT_TEST(template_mistakes_are_explained);
  CPPUNIT_TEST_SUITE_END();

 public:
  void templates_are_filled_in() {
    check("(mail=alice@example.com)", "(mail={email})", alice());
    check("(&(objectClass=person)(|(mail=alice@example.com)(cn=alice-1)))",
          "(&(objectClass=person)(|(mail={email})(cn={subject.CN}-{serial!dec})))", alice());
  }

  void everything_substituted_is_escaped() {
    check("(cn=\\2A)", "(cn={subject.CN})", with_cn("*"));
    check("(cn=\\2A\\29\\28uid=alice)", "(cn={subject.CN})", with_cn("*)(uid=alice"));
    check("(cn=alice\\29\\28|\\28uid=\\2A)", "(cn={subject.CN})", with_cn("alice)(|(uid=*"));
    check("(cn=\\5C2a)", "(cn={subject.CN})", with_cn("\\2a"));
    check("(cn=a{b}$1)", "(cn={subject.CN})", with_cn("a{b}$1"));
  }

  void a_value_arrives_octet_for_octet() {
    for (const auto& cn : {"*"s, "*)(uid=alice"s, "\\2a"s, "a\\"s, "()\\*&|!=~<>:"s, "jos\u00e9"s,
                           "\u732b\U0001f600"s, "a  b"s, "$1{{"s, "a=b"s})
      CPPUNIT_ASSERT_EQUAL(cn, sent_value(expansion("(cn={subject.CN})", with_cn(cn)).text));
    std::string all;
    for (int octet = 0; octet < 256; ++octet) all += static_cast<char>(octet);
    CertificateSpec spec;
    spec.extensions = extension(kOther, all);
    CPPUNIT_ASSERT_EQUAL(
        all, sent_value(expansion("(a={ext.1.2.3.4!bin})", make_certificate(spec)).text));
  }

  void groups_are_escaped_too() {
    check("(cn=\\2A\\29\\28x=)", "(cn=$1)", with_cn("a*)(x="), {"subject.CN =~ a(.*)"});
    check("(cn=\\28-\\29)", "(cn=$1-$2)", with_cn("()"), {"subject.CN =~ (.)(.)"});
  }

  void named_groups_and_conversions_are_escaped_too() {
    check("(cn=\\2A\\29X)", "(cn={g!upper})", with_cn("a*)x"), {"subject.CN =~ a(?P<g>.*)"});
    check("(cn=\\2Ax)", "(cn={subject.CN[1]!lower})", with_cn("*X"));
    const auto certificate = with_cn("a*(b)");
    check("(a=CN=a\\2A\\28b\\29)", "(a={subject})", certificate);
    check("(a=CN=a\\2A\\28b\\29)", "(a={subject!ad_x500})", certificate);
  }

  void literal_text_stays_as_it_is() {
    check("(cn=\\2a\\28{x}$\\c3\\a9alice)", "(cn=\\2a\\28{{x}}$$\\c3\\a9{subject.CN})",
          with_cn("alice"));
    check("(cn=X509:<I>DC=com<S>alice)", "(cn=X509:<I>DC=com<S>{subject.CN})", with_cn("alice"));
  }

  void asterisks_of_the_filter_stay_and_of_the_value_do_not() {
    check("(cn=*\\2A*)", "(cn=*{subject.CN}*)", with_cn("*"));
    check("(cn=a*b*\\2A)", "(cn=a*b*{subject.CN})", with_cn("*"));
  }

  void bin_escapes_every_octet() {
    check("(a=\\01)", "(a={serial!bin})", alice());
    check("(a=\\61\\6c\\69\\63\\65)", "(a={subject.CN!bin})", with_cn("alice"));
    check(
        "(a=" +
            [] {
              std::string escaped;
              const auto digits = "bd7dd4b6d5b6b9a2d9"s;
              for (std::size_t at = 0; at < digits.size(); at += 2)
                escaped += "\\" + digits.substr(at, 2);
              return escaped;
            }() +
            ")",
        "(a={ext.1.2.3.4!bin})",
        [] {
          CertificateSpec spec;
          spec.extensions = extension(kOther, from_hex("bd7dd4b6d5b6b9a2d9"));
          return make_certificate(spec);
        }());
    const auto digest = expansion("(a={subject.CN!sha1!bin})", with_cn("abc"));
    CPPUNIT_ASSERT_EQUAL(
        "(a=\\a9\\99\\3e\\36\\47\\06\\81\\6a\\ba\\3e\\25\\71\\78\\50\\c2\\6c\\9c\\d0"
        "\\d8\\9d)"s,
        digest.text);
  }

  void bin_sends_the_certificate() {
    const CertificateSpec spec;
    const auto result = expansion("(userCertificate;binary={cert!bin})", make_certificate(spec));
    CPPUNIT_ASSERT_EQUAL(certificate_der(spec), sent_value(result.text));
  }

  void text_behind_bin_is_checked_nevertheless() {
    unsafe("jose\u0301", "is not in Unicode's normal form NFKC", "{subject.CN!bin}");
    unsafe(" a", "has a blank at an end", "{subject.CN!dn!bin}");
  }

  void dn_escapes_for_a_name_and_then_for_the_filter() {
    check("(seeAlso=cn=a\\5C,ou=x,ou=People)", "(seeAlso=cn={subject.CN!dn},ou=People)",
          with_cn("a,ou=x"));
    check("(seeAlso=cn=\\5C#a\\5C+b\\5C\\5C\\2A\\5C\")", "(seeAlso=cn={subject.CN!dn})",
          with_cn("#a+b\\*\""));
    check("(seeAlso=cn=\\61\\5c\\2c\\62)", "(seeAlso=cn={subject.CN!dn!bin})", with_cn("a,b"));
    CertificateSpec spec;
    spec.subject = {{"2.5.4.10", "O"}, {"2.5.4.3", "a"}};
    check("(a=cn=CN=a\\5C,O=O,dc=x)", "(a=cn={subject!rfc4514!dn},dc=x)", make_certificate(spec));
  }

  void dn_hides_no_unsafe_value() {
    unsafe(" alice", "has a blank at an end", "{subject.CN!dn}");
    unsafe("alice ", "has a blank at an end", "{subject.CN!dn}");
    unsafe("\u200balice", "holds a control or format character", "{subject.CN!dn}");
  }

  /// Styles that write octets as \EF\BD\81, which a directory reads.
  void names_hide_no_unsafe_value() {
    for (const auto* part : {"{subject}", "{subject!openssl}", "{subject!ad_ldap}",
                             "{subject!nss_x500}", "{subject!nss_ldap!bin}"}) {
      unsafe("\uff41dmin", "is not in Unicode's normal form NFKC", part);
      unsafe("admin\u2000", "has a blank at an end", part);
    }
  }

  void unsafe_values_are_named() {
    unsafe(" alice", "has a blank at an end");
    unsafe("alice\u00a0", "has a blank at an end");
    unsafe("a\u202eb", "holds a control or format character");
    unsafe("jose\u0301", "is not in Unicode's normal form NFKC");
    unsafe("\uff0a", "is not in Unicode's normal form NFKC");
    unsafe("\u0301", "begins with a combining character");
    unsafe("a\ufe0f", "holds a character that directories ignore");
  }

  void each_value_is_checked_by_itself() {
    const auto certificate = with_cn("Jo\u0303ao Silva");
    const auto composed = with_cn("J\u00f5ao Silva");
    check("(a=J\\C3\\B5ao-Silva)", "(a=$1-$2)", composed, {"subject.CN =~ (.*)\\s(.*)"});
    const auto blank = expansion("(a=$1$2)", composed, {"subject.CN =~ (.*\\s)(.*)"});
    CPPUNIT_ASSERT(blank.reason == Reason::UnsafeAccount);
    CPPUNIT_ASSERT_EQUAL("the value of $1 has a blank at an end"s, blank.text);
    const auto mark = expansion("(a=$1$2)", certificate, {"subject.CN =~ (Jo)(.*)"});
    CPPUNIT_ASSERT(mark.reason == Reason::UnsafeAccount);
    CPPUNIT_ASSERT_EQUAL("the value of $2 begins with a combining character"s, mark.text);
  }

  void missing_and_ambiguous_are_told() {
    const auto missing = expansion("(&(cn={subject.CN})(mail={email}))", with_cn("a"));
    CPPUNIT_ASSERT(missing.reason == Reason::NoRuleMatched);
    CPPUNIT_ASSERT_EQUAL("{email} has no value"s, missing.text);
    const auto two = expansion("(mail={email})", with_alt_names(email("a@x") + email("b@x")));
    CPPUNIT_ASSERT(two.reason == Reason::AmbiguousAttribute);
    CPPUNIT_ASSERT_EQUAL("{email} has two different values"s, two.text);
    const auto empty = expansion("(cn=x$1)", with_cn("a"), {"subject.CN =~ a(.*)"});
    CPPUNIT_ASSERT(empty.reason == Reason::NoRuleMatched);
  }

  void exact_match_assertion_of_rfc_4523() {
    CertificateSpec spec;
    spec.serial = from_hex("612288c20000000002a6");
    spec.issuer = {{"0.9.2342.19200300.100.1.25", "com", V_ASN1_IA5STRING},
                   {"2.5.4.10", "Acme, Inc."},
                   {"2.5.4.3", "J\u00d5EORG*(1)\\"}};
    check(
        "(userCertificate:certificateExactMatch:={ serialNumber 458706592575796350550694, issuer "
        "rdnSequence:\"CN=J\\C3\\95EORG\\2A\\281\\29\\5C\\5C,O=Acme\\5C, Inc.,DC=com\" })",
        "(userCertificate:certificateExactMatch:={cea})", make_certificate(spec));
  }

  void exact_match_assertion_doubles_quotes() {
    CertificateSpec spec;
    spec.issuer = {{"2.5.4.3", "a\", x \"b"}};
    check(
        "(userCertificate:certificateExactMatch:={ serialNumber 1, issuer "
        "rdnSequence:\"CN=a\\5C\"\"\\5C, x \\5C\"\"b\" })",
        "(userCertificate:certificateExactMatch:={cea})", make_certificate(spec));
  }

  void knows_whether_it_uses_cea() {
    const auto uses = [](const std::string& filter) {
      return Filter(filter, {}).uses_exact_match();
    };
    CPPUNIT_ASSERT(uses("(userCertificate:certificateExactMatch:={cea})"));
    CPPUNIT_ASSERT(uses("(|(mail={email})(!(userCertificate:2.5.13.34:={CEA})))"));
    CPPUNIT_ASSERT(!uses("(|(cea={email})(userCertificate;binary={cert!bin}))"));
    CPPUNIT_ASSERT(!uses("(a={{cea}}{email})"));
  }

  void a_filter_needs_a_template() {
    for (const auto* filter : {"(a=b)", "a=b", "(objectClass=*)", "(a={{email}})", "(a=$$1)"})
      refused(filter, "the same entry for every certificate");
  }

  void template_mistakes_are_explained() {
    refused("(a={emial})", "did you mean email?");
    refused("(a={email)", "{ without }");
    refused("(a=email})", "} without {");
    refused("(a=$1)", "$1 needs a CertMapMatch line");
    refused("(a={cert!bin!hex})", "cannot stand after \"bin\"");
    refused("(a={subject!dn})", "rfc4514!dn");
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FilterTest);

}  // namespace certmap::test
