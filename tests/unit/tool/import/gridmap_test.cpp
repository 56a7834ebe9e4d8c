#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "tool/import/imported.h"

using namespace certmap::test;

class ImportGridmapTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ImportGridmapTest);
  CPPUNIT_TEST(reads_a_gridmap);
  CPPUNIT_TEST(reads_escapes_of_a_gridmap);
  CPPUNIT_TEST(takes_the_default_account_of_a_gridmap);
  CPPUNIT_TEST(reports_what_a_gridmap_line_cannot_say);
  CPPUNIT_TEST_SUITE_END();

 public:
  void reads_a_gridmap() {
    CPPUNIT_ASSERT_EQUAL(
        std::string("\"subject:CN=Alice Doe,O=Grid\"  alice\nsubject:CN=bob,O=Grid          bob\n"),
        gridmap("\xEF\xBB\xBF\"/O=Grid/CN=Alice Doe\" alice\r\n  /O=Grid/CN=bob\tbob"));
  }

  void reads_escapes_of_a_gridmap() {
    CPPUNIT_ASSERT_EQUAL(std::string("\"subject:CN=a\\\\\\\"b\"  x\n"), gridmap(R"("/CN=a\"b" x)"));
    CPPUNIT_ASSERT_EQUAL(std::string("subject:CN=Jörg  x\n"), gridmap(R"("/CN=J\xC3\xb6rg" x)"));
    CPPUNIT_ASSERT_EQUAL(std::string("subject:CN=Alice  x\n"), gridmap(R"(/CN=\x41lice x)"));
    CPPUNIT_ASSERT_EQUAL(std::string("subject:CN=a/CN=b  x\n"), gridmap(R"("/CN=a\\/CN=b" x)"));
    CPPUNIT_ASSERT_EQUAL(std::string("subject:CN=b,CN=a  x\n"), gridmap(R"("/CN=a\/CN=b" x)"));
    CPPUNIT_ASSERT_EQUAL(std::string("subject:CN=a\\\\  x\n"), gridmap(R"("/CN=a\\" x)"));
  }

  void takes_the_default_account_of_a_gridmap() {
    const auto text = gridmap("/CN=a x,y,z # note");
    CPPUNIT_ASSERT_MESSAGE(
        text, text.starts_with("subject:CN=a  x  # note\n1: besides the default account \"x\" "
                               "there is \"y\", \"z\";"));
  }

  void reports_what_a_gridmap_line_cannot_say() {
    assert_problem("stands for a pool", gridmap("\"/CN=a\" .atlas"));
    assert_problem("is a pattern", gridmap("\"/O=Grid/*\" grid"));
    assert_problem("is missing", gridmap("\"/CN=a\""));
    assert_problem("is missing", gridmap("/CN=a # nobody"));
    assert_problem("no closing quote", gridmap("\"/CN=a alice"));
    assert_problem("does not begin with a type", gridmap("alice alice"));
    assert_problem("unknown type", gridmap("/Nonsense=x alice"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ImportGridmapTest);
