#include "core/rule/template.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <vector>

#include "make_certificate.h"
#include "rule_lines.h"

using namespace certmap;
using namespace certmap::test;

namespace {

class TemplateTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(TemplateTest);
  CPPUNIT_TEST(literals_and_doubled_marks);
  CPPUNIT_TEST(attribute_with_conversions);
  CPPUNIT_TEST(index_picks_from_the_front_and_the_back);
  CPPUNIT_TEST(two_different_values_are_ambiguous);
  CPPUNIT_TEST(the_order_of_parts_decides_nothing);
  CPPUNIT_TEST(equal_values_are_one);
  CPPUNIT_TEST(only_checked_values_are_used);
  CPPUNIT_TEST(groups_come_from_checked_values);
  CPPUNIT_TEST(different_captures_are_ambiguous);
  CPPUNIT_TEST(missing_things_never_become_empty_text);
  CPPUNIT_TEST(named_groups_take_conversions);
  CPPUNIT_TEST(group_in_alternatives_of_one_line);
  CPPUNIT_TEST(knows_whether_it_is_constant);
  CPPUNIT_TEST(mistakes_are_explained);
  CPPUNIT_TEST_SUITE_END();

  Certificate two_ = with_alt_names(email("Bob@example.com") + email("eve@other.example"));

  /// The account, or why there is none.
  static std::string expand(const std::vector<std::string>& lines, const std::string& text,
                            const Certificate& certificate) {
    std::vector<Match> matches;
    for (const auto& line : lines) matches.emplace_back(words(line));
    KnownValues known(certificate);
    return Template(text, matches).expand({known, matches}).text;
  }

  static void refused(const std::vector<std::string>& lines, const std::string& part) {
    const auto error = rule_error(lines);
    CPPUNIT_ASSERT_MESSAGE(error, error.find(part) != std::string::npos);
  }

  void check(const std::string& expected, const std::vector<std::string>& lines,
             const std::string& text) const {
    CPPUNIT_ASSERT_EQUAL(expected, expand(lines, text, two_));
  }

 public:
  void literals_and_doubled_marks() {
    check("a{b}c$1", {}, "a{{b}}c$$1");
    check("x-alice-y", {}, "x-{subject.CN}-y");
  }

  void attribute_with_conversions() {
    check("ALICE", {}, "{subject.CN!upper}");
    check("bob", {}, "{email[1]!local!lower}");
    check("1", {}, "{serial!dec}");
  }

  void index_picks_from_the_front_and_the_back() {
    check("Bob@example.com", {}, "{email[1]}");
    check("eve@other.example", {}, "{email[2]}");
    check("eve@other.example", {}, "{email[-1]}");
    check("Bob@example.com", {}, "{email[-2]}");
    check("{email[3]} has no value", {}, "{email[3]}");
    check("{email[-3]} has no value", {}, "{email[-3]}");
  }

  void two_different_values_are_ambiguous() {
    check("{email} has two different values", {}, "{email}");
  }

  void the_order_of_parts_decides_nothing() {
    const std::string two = "{email} has two different values";
    check(two, {}, "{email}-{subject.UID}");
    check(two, {}, "{subject.UID}-{email}");
    check(two, {}, "{email}{subject.CN}");
    check("{subject.UID} has no value", {}, "{subject.CN}-{subject.UID}-{subject.L}");
  }

  void equal_values_are_one() {
    const auto twice = with_alt_names(email("bob@example.com") + email("bob@EXAMPLE.com"));
    CPPUNIT_ASSERT_EQUAL(std::string("bob@example.com"), expand({}, "{email}", twice));
  }

  void only_checked_values_are_used() {
    check("eve@other.example", {"email =~ .*@other\\.example"}, "{email}");
    check("eve@other.example", {"email =~ .*", "email == eve@other.example"}, "{email[1]}");
    check("{email} has no value", {"email =~ Bob@.*", "email == eve@other.example"}, "{email}");
    check("{email} has two different values", {"email != nobody@example.com"}, "{email}");
  }

  void groups_come_from_checked_values() {
    check("eve", {"email =~ ([^@]+)@.*", "email == eve@other.example"}, "$1");
    check("eve-example", {"email =~ ([^@]+)@other\\.(.*)"}, "$1-$2");
  }

  void different_captures_are_ambiguous() {
    check("$1 has two different values", {"email =~ ([^@]+)@.*"}, "$1");
    check("e", {"email =~ .*(e)[^e]*"}, "$1");
  }

  void missing_things_never_become_empty_text() {
    check("{upn} has no value", {}, "x{upn}");
    check("$1 has no value", {"email =~ (x?)eve@.*"}, "x$1");
    check("$2 has no value", {"email =~ (eve)|(bob)@.*", "email =~ eve.*"}, "$2");
    check("{subject.CN!local} has no value", {}, "{subject.CN!local}");
  }

  void named_groups_take_conversions() {
    check("BOB", {"email =~ (?P<login>[^@]+)@example\\.com"}, "{login!upper}");
  }

  void group_in_alternatives_of_one_line() {
    check("eve", {"email =~ (?P<login>[^@]+)@nowhere (?P<login>[^@]+)@other\\.example"}, "{login}");
  }

  void knows_whether_it_is_constant() {
    std::vector<Match> matches;
    matches.emplace_back(words("email =~ (?P<login>[^@]+)@(.*)"));
    CPPUNIT_ASSERT(Template("a{{b}}$$", matches).is_constant());
    for (const auto* text : {"{email}", "x{email}", "x$2", "{login}-x"})
      CPPUNIT_ASSERT_MESSAGE(text, !Template(text, matches).is_constant());
  }

  void mistakes_are_explained() {
    refused({"user $1"}, "$1 needs a CertMapMatch line");
    refused({"match email =~ (a)@b", "user $2"}, "no such group");
    refused({"match email =~ (a)@b (c)(d)", "user $2"}, "no such group");
    refused({"match email =~ (a)@b", "match upn =~ (a)@b", "user $1"}, "two CertMapMatch lines");
    refused({"match email !~ (a)@b", "user $1"}, "$1 needs a CertMapMatch line");
    refused({"match email =~ (?P<a>x)", "match upn =~ (?P<a>x)", "user {a}"},
            "two CertMapMatch lines");
    refused({"match email =~ (?P<upn>x)", "user {upn}"}, "name of an attribute");
    refused({"user {login}"}, "login");
    refused({"user {email!nonsense}"}, "nonsense");
    refused({"user {email!dec}"}, "dec");
    refused({"user {cert!bin}"}, "only in the filter");
    refused({"user {email!dn}"}, "only in the filter");
    refused({"match email =~ (?P<login>[^@]+)@b", "user {login!bin}"}, "only in the filter");
    refused({"user {email[0]}"}, "index");
    refused({"user {email[x]}"}, "index");
    refused({"user {subject_dn_component.cn[1]}"}, "write {subject.CN[1]} for the first");
    refused({"user {Issuer_DN_Component.ou[-1]!lower}"}, "{issuer.OU[-1]} for the last");
    refused({"user {email"}, "{ without }");
    refused({"user a}b"}, "} without {");
    refused({"user a$"}, "$$ for a dollar sign");
    refused({"user email"}, "{email}");
    refused({"match email =~ (a)@b", "user \\1"}, "$1");
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TemplateTest);

}  // namespace
