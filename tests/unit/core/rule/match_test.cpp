#include "core/rule/match.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "make_certificate.h"
#include "rule_lines.h"

using namespace certmap;
using namespace certmap::test;

namespace {

class MatchTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(MatchTest);
  CPPUNIT_TEST(equals_one_of_the_values);
  CPPUNIT_TEST(regex_matches_the_whole_value);
  CPPUNIT_TEST(any_is_the_default_and_all_wants_every_value);
  CPPUNIT_TEST(negation_wants_no_value_to_hit);
  CPPUNIT_TEST(absent_attribute_satisfies_only_negations);
  CPPUNIT_TEST(first_regex_that_matches_captures);
  CPPUNIT_TEST(quantifier_before_negation_is_an_error);
  CPPUNIT_TEST(mistakes_are_explained);
  CPPUNIT_TEST(hostile_text_is_matched_in_linear_time);
  CPPUNIT_TEST_SUITE_END();

  Certificate two_ = with_alt_names(email("bob@example.com") + email("eve@other.example"));
  Certificate none_ = make_certificate({});

  static bool holds(const std::string& line, const Certificate& certificate) {
    const Match match(words(line));
    return match.holds(values_of(certificate, match.attribute()));
  }

  static std::string error_of(const std::string& line) {
    try {
      const Match match(words(line));
      return "none";
    } catch (const ConfigError& error) {
      return error.what();
    }
  }

  static bool mentions(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

 public:
  void equals_one_of_the_values() {
    CPPUNIT_ASSERT(holds("email == x@example.com bob@EXAMPLE.com", two_));
    CPPUNIT_ASSERT(!holds("email == Bob@example.com", two_));
  }

  void regex_matches_the_whole_value() {
    CPPUNIT_ASSERT(holds("email =~ [^@]+@example\\.com", two_));
    CPPUNIT_ASSERT(!holds("email =~ @example\\.com", two_));
    CPPUNIT_ASSERT(!holds("email =~ bob", two_));
    CPPUNIT_ASSERT(!holds("email =~ bob@example|eve", two_));
  }

  void any_is_the_default_and_all_wants_every_value() {
    CPPUNIT_ASSERT(holds("any email =~ .*@example\\.com", two_));
    CPPUNIT_ASSERT(!holds("all email =~ .*@example\\.com", two_));
    CPPUNIT_ASSERT(holds("all email =~ .*@(example\\.com|other\\.example)", two_));
  }

  void negation_wants_no_value_to_hit() {
    CPPUNIT_ASSERT(!holds("email != eve@other.example", two_));
    CPPUNIT_ASSERT(holds("email != mallory@example.com", two_));
    CPPUNIT_ASSERT(!holds("email !~ .*@other\\.example", two_));
  }

  void absent_attribute_satisfies_only_negations() {
    CPPUNIT_ASSERT(!holds("email =~ .*", none_));
    CPPUNIT_ASSERT(!holds("all email =~ .*", none_));
    CPPUNIT_ASSERT(!holds("email == a@b", none_));
    CPPUNIT_ASSERT(holds("email != a@b", none_));
    CPPUNIT_ASSERT(holds("email !~ .*", none_));
  }

  void first_regex_that_matches_captures() {
    const Match match(words("email =~ (x)@y ([^@]+)@(?P<domain>.*)"));
    const auto captures = match.capture(values_of(two_, match.attribute())[0]);
    CPPUNIT_ASSERT(captures.has_value());
    CPPUNIT_ASSERT_EQUAL(std::string("bob"), captures->at("$1"));
    CPPUNIT_ASSERT_EQUAL(std::string("example.com"), captures->at("domain"));
  }

  void quantifier_before_negation_is_an_error() {
    CPPUNIT_ASSERT(mentions(error_of("any email != a@b"), "leave out any or all"));
    CPPUNIT_ASSERT(mentions(error_of("all email !~ x"), "leave out any or all"));
  }

  void mistakes_are_explained() {
    CPPUNIT_ASSERT(mentions(error_of("email"), "CertMapMatch [any|all] ATTRIBUTE"));
    CPPUNIT_ASSERT(mentions(error_of("email = x"), "no operator"));
    CPPUNIT_ASSERT(mentions(error_of("email =~ ([a-z"), "no RE2 regular expression"));
    CPPUNIT_ASSERT(mentions(error_of("email =~ (a)\\1"), "no RE2 regular expression"));
    CPPUNIT_ASSERT(mentions(error_of("sha256 == 12"), "sha256"));
    CPPUNIT_ASSERT(error_of("nonsense == 12") != "none");
  }

  void hostile_text_is_matched_in_linear_time() {
    const auto hostile = with_alt_names(email(std::string(4000, 'a') + "!"));
    CPPUNIT_ASSERT(!holds("email =~ ((a+)+)+@b", hostile));
    CPPUNIT_ASSERT(!holds("email =~ (\\w+\\.?)+@b", hostile));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MatchTest);

}  // namespace
