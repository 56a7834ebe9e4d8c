#include "tool/mapfile/map_edit.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/error.h"
#include "tool/mapfile/map_scan.h"

using namespace certmap;

namespace {

using Lines = std::vector<std::string_view>;

std::string appended(std::string text, std::string_view line = "new") {
  append_line(text, line);
  return text;
}

/// The line's account, or that it blocks, as the server reads it.
MapHit read_back(const std::string& line) {
  std::vector<MapKind> kinds;
  return read_map_line(line, kinds);
}

}  // namespace

class MapEditTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(MapEditTest);
  CPPUNIT_TEST(quotes_only_what_must_be_quoted);
  CPPUNIT_TEST(writes_entries_that_read_back_the_same);
  CPPUNIT_TEST(appends_with_the_line_ends_of_the_file);
  CPPUNIT_TEST(cuts_lines);
  CPPUNIT_TEST(takes_lines_out_and_nothing_else);
  CPPUNIT_TEST(marks_lines);
  CPPUNIT_TEST(what_is_appended_and_taken_out_leaves_no_trace);
  CPPUNIT_TEST(refuses_lines_that_the_server_would_refuse);
  CPPUNIT_TEST_SUITE_END();

  void quotes_only_what_must_be_quoted() {
    CPPUNIT_ASSERT_EQUAL(std::string("email:a#b\\c@x"), map_field("email:a#b\\c@x"));
    CPPUNIT_ASSERT_EQUAL(std::string(R"("al ice")"), map_field("al ice"));
    CPPUNIT_ASSERT_EQUAL(std::string(R"("#x")"), map_field("#x"));
    CPPUNIT_ASSERT_EQUAL(std::string(R"("a\"b\\c")"), map_field("a\"b\\c"));
    CPPUNIT_ASSERT_EQUAL(std::string(R"("")"), map_field(""));
  }

  void writes_entries_that_read_back_the_same() {
    for (const std::string account :
         {"bob", "al ice", "#1", "a\"b", "\\", "a\\\" b", "jos\u00e9"}) {
      const auto hit =
          read_back(entry_line({"subject.CN:x # \"y\" \\", account, account + ",b", ""}));
      CPPUNIT_ASSERT_EQUAL(account, hit.account);
      CPPUNIT_ASSERT_EQUAL(std::string("x # \"y\" \\"), hit.key);
      CPPUNIT_ASSERT_EQUAL(std::size_t{2}, hit.groups.size());
      CPPUNIT_ASSERT_EQUAL(account, hit.groups[0]);
    }
    const auto block = read_back(entry_line({"email:a@b", "!", "", "2027-01-31"}));
    CPPUNIT_ASSERT(block.blocked);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{1801440000}, block.expires);
  }

  void appends_with_the_line_ends_of_the_file() {
    CPPUNIT_ASSERT_EQUAL(std::string("new\n"), appended(""));
    CPPUNIT_ASSERT_EQUAL(std::string("a\nnew\n"), appended("a\n"));
    CPPUNIT_ASSERT_EQUAL(std::string("a\r\nb\r\nnew\r\n"), appended("a\r\nb\r\n"));
    CPPUNIT_ASSERT_EQUAL(std::string("a\nnew"), appended("a"));
    CPPUNIT_ASSERT_EQUAL(std::string("a\r\nb\r\nnew"), appended("a\r\nb"));
    CPPUNIT_ASSERT_EQUAL(std::string("\xEF\xBB\xBFnew\n"), appended("\xEF\xBB\xBF"));
    CPPUNIT_ASSERT_EQUAL(std::string("\nnew\n"), appended("\n"));
  }

  void cuts_lines() {
    CPPUNIT_ASSERT(map_lines("").empty());
    CPPUNIT_ASSERT(map_lines("\xEF\xBB\xBF").empty());
    CPPUNIT_ASSERT(Lines({"a", "b"}) == map_lines("a\nb"));
    CPPUNIT_ASSERT(Lines({"a", "", "b"}) == map_lines("\xEF\xBB\xBF"
                                                      "a\r\n\nb\n"));
  }

  void takes_lines_out_and_nothing_else() {
    const std::string text =
        "\xEF\xBB\xBF"
        "1\r\n# c\n\n4\n5";
    CPPUNIT_ASSERT_EQUAL(std::string("\xEF\xBB\xBF# c\n\n4\n5"), without_lines(text, {1}));
    CPPUNIT_ASSERT_EQUAL(std::string("\xEF\xBB\xBF"
                                     "1\r\n\n5"),
                         without_lines(text, {4, 2, 2}));
    CPPUNIT_ASSERT_EQUAL(std::string("\xEF\xBB\xBF"
                                     "1\r\n# c\n\n4"),
                         without_lines(text, {5}));
    CPPUNIT_ASSERT_EQUAL(std::string("\xEF\xBB\xBF"), without_lines(text, {1, 2, 3, 4, 5}));
    CPPUNIT_ASSERT_EQUAL(text, without_lines(text, {}));
    CPPUNIT_ASSERT_EQUAL(std::string(), without_lines("1\n", {1}));
  }

  void marks_lines() {
    CPPUNIT_ASSERT_EQUAL(std::string("\xEF\xBB\xBF# 1\r\n2\n# 3"), with_marked_lines("\xEF\xBB\xBF"
                                                                                     "1\r\n2\n3",
                                                                                     {3, 1}, "# "));
    CPPUNIT_ASSERT_EQUAL(std::string("1\n"), with_marked_lines("1\n", {}, "# "));
  }

  void what_is_appended_and_taken_out_leaves_no_trace() {
    for (const std::string text : {"", "a", "a\n", "a\r\nb", "a\r\n", "\xEF\xBB\xBF", "a\n\n\n"})
      CPPUNIT_ASSERT_EQUAL(
          text,
          without_lines(appended(text), {static_cast<std::uint32_t>(map_lines(text).size()) + 1}));
  }

  void refuses_lines_that_the_server_would_refuse() {
    for (const char* line : {"email:a@b bob\nemail:c@d eve", "email:a@b", "mail:a@b bob",
                             "email:a@b \"bob \"", "email:a@b bob expires=2027-02-30"})
      CPPUNIT_ASSERT_THROW(read_back(line), ConfigError);
    std::vector<MapKind> kinds;
    for (int i = 0; i < 255; ++i) read_map_line("ext.1.2." + std::to_string(i) + ":00 bob", kinds);
    CPPUNIT_ASSERT_NO_THROW(read_map_line("ext.1.2.7:01 bob", kinds));
    CPPUNIT_ASSERT_THROW(read_map_line("ext.1.2.255:00 bob", kinds), ConfigError);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MapEditTest);
