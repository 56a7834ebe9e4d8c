#include "core/text/json.h"

#include <cppunit/extensions/HelperMacros.h>

#include <nlohmann/json.hpp>

namespace certmap::test {

class JsonTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(JsonTest);
  CPPUNIT_TEST(lines_that_are_visible_stay_lines);
  CPPUNIT_TEST(what_is_no_utf8_is_replaced);
  CPPUNIT_TEST_SUITE_END();

 public:
  void lines_that_are_visible_stay_lines() {
    CPPUNIT_ASSERT_EQUAL(std::string("{\n  \"a\": \"\\u202e\\n\\u009b\"\n}\n"),
                         visible_json({{"a", "\u202e\n\xC2\x9B"}}));
  }

  void what_is_no_utf8_is_replaced() {
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"a":"\n\u00f6\ufffd"})"), ascii_line({{"a", "\nö\xff"}}));
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"a":"\nö�"})"), utf8_line({{"a", "\nö\xff"}}));
    CPPUNIT_ASSERT_EQUAL(std::string(R"("\nö�")"), json_string("\nö\xff"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(JsonTest);

}  // namespace certmap::test
