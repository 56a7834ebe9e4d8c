#include "tool/show/map_key.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "core/map/fields.h"
#include "core/text/visible.h"
#include "make_certificate.h"

namespace certmap::test {

class MapKeyTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(MapKeyTest);
  CPPUNIT_TEST(is_quoted_where_it_must_be);
  CPPUNIT_TEST(reads_back_as_it_was);
  CPPUNIT_TEST(what_is_no_utf8_becomes_visible);
  CPPUNIT_TEST(invisible_characters_become_visible);
  CPPUNIT_TEST_SUITE_END();

  static std::string key(const std::string& text) {
    return map_key({AttributeKind::Email, {}}, {ValueType::Text, text, nullptr, false});
  }

 public:
  void is_quoted_where_it_must_be() {
    CPPUNIT_ASSERT_EQUAL(std::string("email:a#b\\c"), key("a#b\\c"));
    CPPUNIT_ASSERT_EQUAL(std::string(R"("email:a b\\c\"")"), key(R"(a b\c")"));
  }

  void reads_back_as_it_was() {
    for (const std::string text :
         {"a b", "a\"b", "\\\"", "\\\\ ", "#", " #x", "a\\", "\"\"", "b!"}) {
      const auto line = key(text) + " account";
      std::string scratch;
      MapFields fields(line, scratch);
      CPPUNIT_ASSERT_EQUAL("email:" + text, std::string(fields.next().value()));
      CPPUNIT_ASSERT_EQUAL(std::string("account"), std::string(fields.next().value()));
    }
  }

  void what_is_no_utf8_becomes_visible() {
    CPPUNIT_ASSERT_EQUAL(std::string("a\uFFFDb"), visible("a\xff"
                                                          "b"));
    CPPUNIT_ASSERT_EQUAL(std::string("\uFFFD"), visible("\xc3"));
    CPPUNIT_ASSERT_EQUAL(std::string("Jõe"), visible("Jõe"));
  }

  void invisible_characters_become_visible() {
    CPPUNIT_ASSERT_EQUAL(std::string("\\u001b[2J\\u0000"), visible(std::string("\x1b[2J\0", 5)));
    CPPUNIT_ASSERT_EQUAL(std::string("\\u202e\\u009b\\u2028\\udb40\\udc41"),
                         visible("\u202e\xc2\x9b\u2028\U000e0041"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MapKeyTest);

}  // namespace certmap::test
