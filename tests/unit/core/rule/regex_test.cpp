#include "core/rule/regex.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <utility>

using namespace certmap;

namespace {

class RegexTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RegexTest);
  CPPUNIT_TEST(plain_end_is_found);
  CPPUNIT_TEST(what_may_be_absent_is_no_end);
  CPPUNIT_TEST(no_match_ends_otherwise);
  CPPUNIT_TEST_SUITE_END();

 public:
  void plain_end_is_found() {
    const std::pair<const char*, const char*> ends[] = {{R"(([^@]+)@example\.com)", "@example.com"},
                                                        {"alice", "alice"},
                                                        {R"(\w+@a-b\.c)", "@a-b.c"},
                                                        {R"((?P<user>.+)@(?:x+)y)", "y"},
                                                        {R"(a\\b)", R"(a\b)"},
                                                        {"[@x]y", "y"}};
    for (const auto& [pattern, end] : ends)
      CPPUNIT_ASSERT_EQUAL_MESSAGE(pattern, std::string(end), literal_end(pattern));
  }

  void what_may_be_absent_is_no_end() {
    for (const auto* pattern :
         {"", "ab*", "ab?", "ab+", "ab{0}", "ab{0,1}", "a|b", "x(a|b)c", "(ab)", "[ab]", "(?i)ab",
          "(?i:x)ab", R"(\x41bc)", R"(a\Q*b)", R"(\pNb)", R"(\101)", "ab$", R"(a\.?)", R"(\d)"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(pattern, std::string(), literal_end(pattern));
  }

  void no_match_ends_otherwise() {
    const std::pair<const char*, const char*> matches[] = {
        {"a{2", "a{2"},         {R"(\x{41}b)", "Ab"},        {R"(a\Q|b)", "a|b"},
        {R"([\]@]x)", "]x"},    {R"(a\-b\.)", "a-b."},       {R"(\pLb)", "\u00e9b"},
        {"(?i)k", "\u212a"},    {R"(.+\@x)", "a@x"},         {R"(\Qa.b\E)", "a.b"},
        {"[[:alpha:]]b", "ab"}, {R"(a(?P<n>b)?c{1})", "ac"}, {R"(a\\)", "a\\"}};
    for (const auto& [pattern, text] : matches) {
      CPPUNIT_ASSERT_MESSAGE(pattern, RE2::FullMatch(text, RE2(pattern, regex_options())));
      CPPUNIT_ASSERT_MESSAGE(pattern, std::string(text).ends_with(literal_end(pattern)));
    }
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RegexTest);

}  // namespace
