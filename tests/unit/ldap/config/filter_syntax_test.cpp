#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "expanded_filter.h"
#include "ldap/config/filter.h"
#include "sent_filter.h"

namespace certmap::test {
namespace {

using namespace std::string_literals;

Words good_filters() {
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

}  // namespace

class FilterSyntaxTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(FilterSyntaxTest);
  CPPUNIT_TEST(outer_parentheses_may_be_missing);
  CPPUNIT_TEST(attributes_are_listed_once);
  CPPUNIT_TEST(structures_of_rfc_4515);
  CPPUNIT_TEST(what_is_accepted_libldap_accepts);
  CPPUNIT_TEST(blanks_between_filters_do_not_matter);
  CPPUNIT_TEST(structure_mistakes_are_explained);
  CPPUNIT_TEST(value_mistakes_are_explained);
  CPPUNIT_TEST(names_that_are_none_are_refused);
  CPPUNIT_TEST(extensible_matches_need_a_type_or_a_rule);
  CPPUNIT_TEST(templates_stand_only_in_values);
  CPPUNIT_TEST(depth_is_limited);
  CPPUNIT_TEST_SUITE_END();

 public:
  void outer_parentheses_may_be_missing() {
    check("(mail=alice@example.com)", "mail={email}", alice());
    check("(|(mail=alice@example.com)(a=b))", "|(mail={email})(a=b)", alice());
    check("(mail=alice@example.com)", " (mail={email}) ", alice());
    refused("", "there is none");
    refused(" ", "there is none");
    refused("mail={email})", "stands behind the end");
    refused("mail={email})(uid=*", "stands behind the end");
  }

  void attributes_are_listed_once() {
    const Filter filter(
        "(&(objectClass=person)(|(mail={email})(MAIL=x)(userCertificate;binary=*)(cn:dn:2.4.6:=y)"
        "(:caseExactMatch:=z)(!(2.5.4.3>=a))(objectclass=*)(sn~=b)(gn<=c)))",
        {});
    CPPUNIT_ASSERT((filter.attributes() ==
                    Words{"objectClass", "mail", "userCertificate", "cn", "2.5.4.3", "sn", "gn"}));
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
};

CPPUNIT_TEST_SUITE_REGISTRATION(FilterSyntaxTest);

}  // namespace certmap::test
