#include "tool/mapfile/map_scan.h"

#include <cppunit/extensions/HelperMacros.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "check_map_text.h"

using namespace certmap;

namespace {

constexpr int kManyLines = 60'000;

std::vector<std::string> wanted(const Attribute& kind) {
  if (kind.kind == AttributeKind::Email) return {"user3@example.com", "user59990@example.com"};
  if (kind.kind == AttributeKind::Dns) return {"last.example.com"};
  return {};
}

std::string many(const std::string& last = "dns:last.example.com !\n") {
  std::string text = "\xEF\xBB\xBF# many\r\n";
  for (int i = 0; i < kManyLines; ++i)
    text += "email:user" + std::to_string(i) + "@EXAMPLE.com user" + std::to_string(i) + "\n";
  return text + last;
}

std::vector<std::string> server_says(const std::string& text) {
  return test::check_map_text(text).errors;
}

}  // namespace

class MapScanTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(MapScanTest);
  CPPUNIT_TEST(finds_keys_of_several_kinds_with_their_lines);
  CPPUNIT_TEST(says_what_the_server_says);
  CPPUNIT_TEST(takes_kinds_whose_first_lines_have_errors);
  CPPUNIT_TEST(takes_no_byte_order_mark_inside_a_file);
  CPPUNIT_TEST(reads_nothing);
  CPPUNIT_TEST_SUITE_END();

  void finds_keys_of_several_kinds_with_their_lines() {
    const auto scan = scan_map("m", many(), wanted);
    CPPUNIT_ASSERT(scan.errors.empty());
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, scan.hits.size());
    CPPUNIT_ASSERT_EQUAL(5u, scan.hits[0].line);
    CPPUNIT_ASSERT_EQUAL(std::string("user59990"), scan.hits[1].account);
    CPPUNIT_ASSERT_EQUAL(59992u, scan.hits[1].line);
    CPPUNIT_ASSERT_EQUAL(std::uint32_t{kManyLines + 2}, scan.hits[2].line);
    CPPUNIT_ASSERT(scan.hits[2].blocked);
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, scan.kinds.size());
  }

  void says_what_the_server_says() {
    for (const auto& text : {many("mail:x y"), many("email:user3@example.COM x\n"), many("a\0b\n"),
                             std::string("email:a@b c\nemail:a@b c\n")}) {
      const auto scan = scan_map("m", text, wanted);
      CPPUNIT_ASSERT(!scan.errors.empty());
      CPPUNIT_ASSERT(scan.errors == server_says(text));
    }
  }

  void takes_kinds_whose_first_lines_have_errors() {
    const std::string text =
        "spki:zz a\nsid:zz b\nemail:user3@example.com c\nupn:x d\ndns:last.example.com !\n";
    const auto scan = scan_map("m", text, wanted);
    CPPUNIT_ASSERT(scan.errors == server_says(text));
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, scan.hits.size());
    CPPUNIT_ASSERT_EQUAL(3u, scan.hits[0].line);
    CPPUNIT_ASSERT_EQUAL(5u, scan.hits[1].line);
  }

  void takes_no_byte_order_mark_inside_a_file() {
    std::string text;
    for (int i = 0; i < kManyLines; ++i)
      text +=
          "\xEF\xBB\xBF"
          "email:user" +
          std::to_string(i) + "@example.com user\n";
    const auto scan = scan_map("m", text, wanted);
    CPPUNIT_ASSERT_EQUAL(std::size_t{kManyLines - 1}, scan.error_count);
    CPPUNIT_ASSERT(scan.errors == server_says(text));
  }

  void reads_nothing() {
    for (const char* text : {"", "\n", "\xEF\xBB\xBF", "# only a comment"}) {
      const auto scan = scan_map("m", text, wanted);
      CPPUNIT_ASSERT(scan.errors.empty() && scan.hits.empty() && scan.kinds.empty());
    }
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MapScanTest);
