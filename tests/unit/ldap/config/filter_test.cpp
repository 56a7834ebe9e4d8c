#include "ldap/config/filter.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstddef>
#include <string>
#include <vector>

#include "core/text/error.h"
#include "make_certificate.h"
#include "rule_lines.h"
#include "sent_filter.h"

namespace certmap::test {
namespace {

using namespace std::string_literals;
using Words = std::vector<std::string>;

constexpr const char* kOther = "1.2.3.4";

std::vector<Match> matches_of(const Words& lines) {
  std::vector<Match> matches;
  for (const auto& line : lines) matches.emplace_back(words(line));
  return matches;
}

Expansion expansion(const std::string& filter, const Certificate& certificate,
                    const Words& lines = {}) {
  const auto matches = matches_of(lines);
  KnownValues known(certificate);
  return Filter(filter, matches).expand({known, matches});
}

std::string error_for(const std::string& filter, const Words& lines = {}) {
  try {
    Filter(filter, matches_of(lines));
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "none";
}

void refused(const std::string& filter, const std::string& part) {
  const auto error = error_for(filter);
  CPPUNIT_ASSERT_MESSAGE(filter + " => " + error, error.find(part) != std::string::npos);
}

void accepted(const std::string& filter) {
  CPPUNIT_ASSERT_EQUAL_MESSAGE(filter, "none"s, error_for(filter));
}

void check(const std::string& expected, const std::string& filter, const Certificate& certificate,
           const Words& lines = {}) {
  const auto result = expansion(filter, certificate, lines);
  CPPUNIT_ASSERT_EQUAL(expected, result.text);
  CPPUNIT_ASSERT(result.reason == Reason::Mapped);
}

Certificate with_cn(const std::string& cn) {
  CertificateSpec spec;
  spec.subject = {{"2.5.4.3", cn}};
  return make_certificate(spec);
}

const Certificate alice() { return with_alt_names(email("alice@example.com")); }

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
  CPPUNIT_TEST(outer_parentheses_may_be_missing);
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
  CPPUNIT_TEST(attributes_are_listed_once);
  CPPUNIT_TEST(structures_of_rfc_4515);
  CPPUNIT_TEST(what_is_accepted_libldap_accepts);
  CPPUNIT_TEST(blanks_between_filters_do_not_matter);
  CPPUNIT_TEST(structure_mistakes_are_explained);
  CPPUNIT_TEST(value_mistakes_are_explained);
  CPPUNIT_TEST(names_that_are_none_are_refused);
  CPPUNIT_TEST(extensible_matches_need_a_type_or_a_rule);
  CPPUNIT_TEST(templates_stand_only_in_values);
  CPPUNIT_TEST(a_filter_needs_a_template);
  CPPUNIT_TEST(depth_is_limited);
  CPPUNIT_TEST(template_mistakes_are_explained);
  CPPUNIT_TEST_SUITE_END();

 public:
  void templates_are_filled_in() {
    check("(mail=alice@example.com)", "(mail={email})", alice());
    check("(&(objectClass=person)(|(mail=alice@example.com)(cn=alice-1)))",
          "(&(objectClass=person)(|(mail={email})(cn={subject.CN}-{serial!dec})))", alice());
  }

  void outer_parentheses_may_be_missing() {
    check("(mail=alice@example.com)", "mail={email}", alice());
    check("(|(mail=alice@example.com)(a=b))", "|(mail={email})(a=b)", alice());
    check("(mail=alice@example.com)", " (mail={email}) ", alice());
    refused("", "there is none");
    refused(" ", "there is none");
    refused("mail={email})", "stands behind the end");
    refused("mail={email})(uid=*", "stands behind the end");
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

  void attributes_are_listed_once() {
    const Filter filter(
        "(&(objectClass=person)(|(mail={email})(MAIL=x)(userCertificate;binary=*)(cn:dn:2.4.6:=y)"
        "(:caseExactMatch:=z)(!(2.5.4.3>=a))(objectclass=*)(sn~=b)(gn<=c)))",
        {});
    CPPUNIT_ASSERT((filter.attributes() ==
                    Words{"objectClass", "mail", "userCertificate", "cn", "2.5.4.3", "sn", "gn"}));
  }

  static Words good_filters() {
    return {"(a={email})",
            "(a>={email})",
            "(a<={email})",
            "(a~={email})",
            "(a={email}*)",
            "(a=*{email})",
            "(a=x*{email}*y)",
            "(a=*x*{email}*y*)",
            "(&(a={email})(b=*))",
            "(|(a={email})(b=))",
            "(!(a={email}))",
            "(&(|(!(a={email}))(b=c))(!(&(d=e))))",
            "(a;lang-de;binary={email})",
            "(1.2.840.113556.1.4.656={email})",
            "(2.5.4.3;x-1={email})",
            "(a:={email})",
            "(a:dn:={email})",
            "(a:DN:caseExactMatch:={email})",
            "(a:2.4.6.8.10:={email})",
            "(a;b:dnRule:={email})",
            "(:caseExactMatch:={email})",
            "(:dn:2.4.6:={email})",
            "(memberOf:1.2.840.113556.1.4.1941:=cn=a,dc=b{email})",
            "(a=\\00\\fF\\5c{email})",
            "(a={email}=b&c|d!e<f>g~h:i)",
            "(a=\u00e9{email})",
            "(a=  {email} )"};
  }

  void structures_of_rfc_4515() {
    for (const auto& filter : good_filters()) {
      accepted(filter);
      const auto result = expansion(filter, alice());
      CPPUNIT_ASSERT(result.reason == Reason::Mapped);
      auto expected = filter;
      expected.replace(expected.find("{email}"), 7, "alice@example.com");
      CPPUNIT_ASSERT_EQUAL(expected, result.text);
    }
  }

  void what_is_accepted_libldap_accepts() {
    for (const auto& filter : good_filters())
      CPPUNIT_ASSERT_MESSAGE(filter, !search_pdu(expansion(filter, alice()).text).empty());
    CPPUNIT_ASSERT(search_pdu("(a=b").empty());
  }

  void blanks_between_filters_do_not_matter() {
    for (const auto* filter :
         {"(& (a={email}) (b=c) )", "( &(a={email}))", "( a={email})", "(!  (| (a={email}) ))"}) {
      accepted(filter);
      CPPUNIT_ASSERT_MESSAGE(filter, !search_pdu(expansion(filter, alice()).text).empty());
    }
    refused("(a ={email})", "is no name of an attribute");
    refused("(!(a={email}) )", ") is missing");
  }

  void structure_mistakes_are_explained() {
    refused("(a={email}", ") is missing behind \"(a={...}\"");
    refused("(&(a={email})(b=c)", ") is missing behind \"(&(a={...})(b=c)\"");
    refused("(a={email}))", "\")\" stands behind the end");
    refused("(a={email})(b=c)", "write (&(...)(...)) around both");
    refused("(&a={email})", "nothing stands behind &; write (&(...))");
    refused("(|)", "nothing stands behind |");
    refused("(!(a={email})(b=c))", "two filters stand behind !; write (!(|(...)(...)))");
    refused("()", "= is missing in \"\"; write (ATTRIBUTE=VALUE)");
    refused("({email})", "= is missing in \"{...}\"");
    refused("(&(a)(b={email}))", "= is missing in \"a\"");
    refused("((a={email}))", "= is missing in \"\"");
    refused("(&(a={email})b)", ") is missing behind");
  }

  void value_mistakes_are_explained() {
    refused("(a=b(c{email})", "( behind \"b\" belongs to no filter; write \\28");
    for (const auto* value : {"\\", "\\2", "\\2{email}", "\\zz", "\\*", "\\\\", "\\ 2a"})
      refused("(a={email}"s + value + ")", "write \\5c for a backslash itself");
    for (const auto* operation : {">=", "<=", "~=", ":=", ":rule:="})
      refused("(a"s + operation + "{email}*)", "write \\2a for an asterisk itself");
    refused("(a=x**{email})", "write one");
    refused("(a=**)", "write one");
    refused("(a=\xff{email})", "not UTF-8");
    refused("(a=\n{email})", "control character");
    refused("(a=\x01{email})", "control character");
  }

  void names_that_are_none_are_refused() {
    for (const auto* name : {"", "a b", "1a", "a_b", "-a", ".1", "1.", "1..2", "a;", "a;;b", ";a",
                             "a;b_", "a.b", "\u00e9", "a~~", "*", "$$", "{{a}}"})
      refused("("s + name + "={email})", "is no name of an attribute");
  }

  void extensible_matches_need_a_type_or_a_rule() {
    for (const auto* left : {"", ":dn", "a:", "a::", "a:dn:", "a:b:c", "a:dn:b:c", "a b:c", "a:b c",
                             "::b", "a:b;c", ":dn:dn:b", "a:b_"})
      refused("("s + left + ":={email})", "write ATTRIBUTE:RULE:=VALUE");
  }

  void templates_stand_only_in_values() {
    for (const auto* left :
         {"{email}", "a{email}", "a;{email}", "a:{email}:", "{email}<", "a:dn:{email}:"})
      refused("(&(x=y)("s + left + "=b))", "a template can stand only in a value, behind =");
    refused("{email}", "= is missing");
    refused("(&{email}(a=b))", "nothing stands behind &");
    refused("(a=b){email}", "stands behind the end");
    refused("(&(a=b){email})", ") is missing");
  }

  void a_filter_needs_a_template() {
    for (const auto* filter : {"(a=b)", "a=b", "(objectClass=*)", "(a={{email}})", "(a=$$1)"})
      refused(filter, "the same entry for every certificate");
  }

  void depth_is_limited() {
    const auto nested = [](int depth) {
      std::string text = "(a={email})";
      for (int i = 1; i < depth; ++i) text = "(!" + text + ")";
      return text;
    };
    accepted(nested(50));
    refused(nested(51), "more than 50 parentheses");
    refused(std::string(1000000, '(') + "{email}", "= is missing");
    refused("(a={email})" + std::string(1000000, '('), "stands behind the end");
    std::string deep;
    for (int i = 0; i < 300000; ++i) deep += "(&";
    refused(deep + "(a={email})", "more than 50 parentheses");
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
