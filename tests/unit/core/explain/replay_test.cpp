#include "core/explain/replay.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <variant>

#include "core/text/error.h"

using namespace certmap;

namespace {

class ReplayTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ReplayTest);
  CPPUNIT_TEST(a_question_arrives_as_it_was_asked);
  CPPUNIT_TEST(what_is_no_question);
  CPPUNIT_TEST(answers_are_found_among_other_lines);
  CPPUNIT_TEST(answers_without_an_end_are_none);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_question_arrives_as_it_was_asked() {
    const auto place =
        std::get<AskedPlace>(read_replay_line(replay_line(AskedPlace{"h", "/é%", "PUT", "i"})));
    CPPUNIT_ASSERT((place == AskedPlace{"h", "/é%", "PUT", "i"}));
    const std::string der("\0\xff\n\x80z", 5);
    const auto certificate =
        std::get<ReplayCertificate>(read_replay_line(replay_line(ReplayCertificate{der, {0, 7}})));
    CPPUNIT_ASSERT(certificate.der == der);
    CPPUNIT_ASSERT(certificate.places == (std::vector<std::size_t>{0, 7}));
  }

  void what_is_no_question() {
    for (const auto* text : {"", "x", "{}", "[]", "7", R"({"vhost":"a"})", R"({"certificate":1})",
                             R"({"certificate":"AA","places":["x"]})", "{\"vhost\":\"\xff\"}"})
      CPPUNIT_ASSERT_THROW_MESSAGE(text, read_replay_line(text), ConfigError);
    for (const std::string number : {"-1", "-1.5", "1.5", "1e300", "18446744073709551616"})
      CPPUNIT_ASSERT_THROW_MESSAGE(
          number, read_replay_line(R"({"certificate":"AA","places":[)" + number + "]}"),
          ConfigError);
  }

  void answers_are_found_among_other_lines() {
    const ReplayAnswer first{.certificate = 1,
                             .place = 2,
                             .exit = 0,
                             .let_in = true,
                             .account = "al\nice",
                             .reason = "mapped",
                             .control = "required",
                             .depends = true,
                             .needs_cas = true};
    const ReplayAnswer second{.exit = 2, .why = "certmap-replay-2 end"};
    const auto output = "noise\n" + replay_answer_line(first) + "\nSyntax OK\n\n" +
                        replay_answer_line(second) + "\n" + replay_end_line() + "\nmore";
    const auto answers = replay_answers_in(output);
    CPPUNIT_ASSERT(answers && answers->size() == 2);
    CPPUNIT_ASSERT(answers->at(0) == first && answers->at(1) == second);
    CPPUNIT_ASSERT_EQUAL(std::string("noise\nSyntax OK\nmore\n"), without_replay_answers(output));
  }

  void answers_without_an_end_are_none() {
    CPPUNIT_ASSERT(!replay_answers_in(""));
    CPPUNIT_ASSERT(!replay_answers_in(replay_answer_line({}) + "\n"));
    CPPUNIT_ASSERT(replay_answers_in(replay_end_line()));
  }
};

}  // namespace

CPPUNIT_TEST_SUITE_REGISTRATION(ReplayTest);
