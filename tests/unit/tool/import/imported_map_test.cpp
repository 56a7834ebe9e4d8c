#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "tool/import/imported.h"

using namespace certmap::test;

class ImportedMapTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ImportedMapTest);
  CPPUNIT_TEST(keeps_comments_and_order);
  CPPUNIT_TEST(makes_comments_fit_for_a_map_file);
  CPPUNIT_TEST(cuts_comments_that_no_line_can_hold);
  CPPUNIT_TEST(takes_the_first_of_two_equal_keys);
  CPPUNIT_TEST(takes_none_of_two_keys_that_became_equal);
  CPPUNIT_TEST(says_that_a_line_stands_there_twice);
  CPPUNIT_TEST(refuses_accounts_that_no_map_file_can_hold);
  CPPUNIT_TEST_SUITE_END();

 public:
  void keeps_comments_and_order() {
    CPPUNIT_ASSERT_EQUAL(std::string("# first\n\nsubject:CN=b  b\n#\nsubject:CN=a  a\n"),
                         gridmap("#first  \n\n/CN=b b\n#\n/CN=a a\n"));
  }

  void makes_comments_fit_for_a_map_file() {
    CPPUNIT_ASSERT_EQUAL(std::string("# a b \\u001b[31m \\u202e \xEF\xBF\xBD\n"),
                         gridmap("# a\tb \x1B[31m \xE2\x80\xAE \xFF"));
  }

  void cuts_comments_that_no_line_can_hold() {
    CPPUNIT_ASSERT_EQUAL("# " + std::string(16382, 'x') + "\n",
                         gridmap("#" + std::string(20000, 'x') + "\n"));
  }

  void takes_the_first_of_two_equal_keys() {
    const auto text = gridmap("/CN=a x\n/CN=a y\n");
    CPPUNIT_ASSERT_MESSAGE(text,
                           text.starts_with("subject:CN=a  x\n2: the certificate of line 1 again"));
    CPPUNIT_ASSERT_MESSAGE(text, text.find("\"x\" and here \"y\"") != std::string::npos);
  }

  void takes_none_of_two_keys_that_became_equal() {
    const auto text = gridmap("/CN=a x\n/CN=A y\n/CN=a x\n");
    CPPUNIT_ASSERT_MESSAGE(
        text, text.starts_with("# not imported: line 1 has the same key as line 2\n1: the same"));
    CPPUNIT_ASSERT_MESSAGE(text, text.find("\n2: the same key as line 1") != std::string::npos);
    CPPUNIT_ASSERT_MESSAGE(text, text.find("\n3: the same key as line 1") != std::string::npos);
  }

  void says_that_a_line_stands_there_twice() {
    const auto text = gridmap("/CN=a x\n/CN=A x\n");
    CPPUNIT_ASSERT_MESSAGE(
        text, text.starts_with("subject:CN=a  x\n2, note: the certificate of line 1 again"));
  }

  void refuses_accounts_that_no_map_file_can_hold() {
    assert_problem("which in a map file blocks", gridmap("/CN=a !"));
    assert_problem("which in a map file blocks", gridmap("/CN=a !x"));
    assert_problem("longer than 255", gridmap("/CN=a " + std::string(256, 'x')));
    assert_problem("not UTF-8", gridmap("/CN=a \xFF"));
    CPPUNIT_ASSERT_EQUAL(std::string("subject.CN:a  \"#x\"\n"), pg_ident("m a \"#x\""));
    CPPUNIT_ASSERT_EQUAL(std::string("subject.CN:a  \"x \\\" y\"\n"), pg_ident("m a \"x \"\" y\""));
    assert_problem("longer than 16384", pg_ident("m " + std::string(16380, 'x') + " bob"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ImportedMapTest);
