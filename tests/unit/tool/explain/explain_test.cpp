#include <cppunit/extensions/HelperMacros.h>

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/text/json.h"
#include "tool/command.h"
#include "tool/explain/ask.h"
#include "tool/explain/text.h"

using namespace certmap;

namespace {

using Json = nlohmann::ordered_json;

class ExplainTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ExplainTest);
  CPPUNIT_TEST(a_command_line_is_split_as_a_shell_would);
  CPPUNIT_TEST(a_command_line_that_is_none);
  CPPUNIT_TEST(nothing_of_the_answer_touches_the_terminal);
  CPPUNIT_TEST(what_is_long_is_cut);
  CPPUNIT_TEST(the_answer_says_how_it_ends);
  CPPUNIT_TEST_SUITE_END();

  static std::string printed(const std::string& text) {
    return read_explanation(ascii_line(answer(text)), false).text;
  }

  static Json answer(const std::string& text) {
    return {{"exit", 1},
            {"answer", text},
            {"certificate", {{"subject", text}, {"issuer", text}, {"malformed", text}}},
            {"server", {{"name", text}, {"place", text}}},
            {"location", text},
            {"use", {{"auth_type", text}, {"rules", {text}}, {"place", text}}},
            {"blocks", {{{"blocked", true}, {"key", text}, {"place", text}}}},
            {"rules",
             {{{"name", text},
               {"place", text},
               {"result", text},
               {"lines",
                {{{"line", text},
                  {"holds", true},
                  {"note", text},
                  {"lookup", {{{"what", text}, {"text", text}}}},
                  {"directory", {text}}}}}}}},
            {"decision", {{"reason", text}, {"detail", text}, {"groups", {text}}}},
            {"environment", {{"CERTMAP_GROUPS", text}}},
            {"audit", {{"log", text}, {"event", {{"message", text}}}}}};
  }

 public:
  void a_command_line_is_split_as_a_shell_would() {
    using Words = std::vector<std::string>;
    const std::vector<std::pair<std::string, Words>> cases{
        {"httpd", {"httpd"}},
        {"  docker exec\tweb httpd ", {"docker", "exec", "web", "httpd"}},
        {"httpd -f '/etc/my conf' -D \"a b\"", {"httpd", "-f", "/etc/my conf", "-D", "a b"}},
        {"a\\ b \"c\\\"d\" '\\' e''f \"\"", {"a b", "c\"d", "\\", "ef", ""}},
        {"$HOME *;|&", {"$HOME", "*;|&"}}};
    for (const auto& [line, words] : cases)
      CPPUNIT_ASSERT_MESSAGE(line, split_command(line) == words);
  }

  void a_command_line_that_is_none() {
    for (const auto* line : {"", " \t", "'a", "a \"b"})
      CPPUNIT_ASSERT_THROW_MESSAGE(line, split_command(line), ToolError);
  }

  void nothing_of_the_answer_touches_the_terminal() {
    const std::string odd = "x\x1b[2J\r\x7f\xc2\x9b\xe2\x80\xae\xe2\x80\xa8y";
    auto text = printed(odd);
    std::erase(text, '\n');
    for (const auto* bad : {"\x1b", "\r", "\x7f", "\xc2\x9b", "\xe2\x80\xae", "\xe2\x80\xa8"})
      CPPUNIT_ASSERT_MESSAGE(text, text.find(bad) == std::string::npos);
    CPPUNIT_ASSERT(text.find("x\\u001b[2J") != std::string::npos);
  }

  void what_is_long_is_cut() {
    const auto text = printed(std::string(5000, 'a') + "END");
    // Whole in the first line and in the event.
    std::size_t count = 0;
    for (auto at = text.find("aEND"); at != std::string::npos; at = text.find("aEND", at + 1))
      ++count;
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, count);
    CPPUNIT_ASSERT(text.find("aaa...") != std::string::npos);
  }

  void the_answer_says_how_it_ends() {
    CPPUNIT_ASSERT_EQUAL(1, read_explanation(ascii_line(answer("a")), false).exit);
    const auto json = read_explanation(R"({"exit":0,"answer":"a"})", true);
    CPPUNIT_ASSERT_EQUAL(0, json.exit);
    CPPUNIT_ASSERT_EQUAL(std::string("{\n  \"exit\": 0,\n  \"answer\": \"a\"\n}\n"), json.text);
    CPPUNIT_ASSERT_THROW(read_explanation(R"({"error":"a"})", true), ToolError);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ExplainTest);

}  // namespace
