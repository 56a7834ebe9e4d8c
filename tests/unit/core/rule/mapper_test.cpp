#include "core/rule/mapper.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/rule/account_source.h"
#include "make_certificate.h"
#include "mapper_fixture.h"
#include "rule_lines.h"

using namespace certmap;
using namespace certmap::test;

namespace {

class MapperTest : public MapperFixture {
  CPPUNIT_TEST_SUITE(MapperTest);
  CPPUNIT_TEST(certificate_is_checked_in_order_before_rules);
  CPPUNIT_TEST(dates_bound_how_long_a_decision_holds);
  CPPUNIT_TEST(first_rule_that_applies_decides);
  CPPUNIT_TEST(deny_stops);
  CPPUNIT_TEST(ambiguity_stops_before_a_weaker_rule);
  CPPUNIT_TEST(unsafe_account_stops_before_a_weaker_rule);
  CPPUNIT_TEST(nothing_found_goes_on);
  CPPUNIT_TEST(nothing_found_bounds_how_long_a_later_rule_decides);
  CPPUNIT_TEST(what_a_directory_says_is_in_the_decision);
  CPPUNIT_TEST(rules_tried_end_with_the_one_that_decided);
  CPPUNIT_TEST(thousand_rules_decide_as_one_by_one);
  CPPUNIT_TEST_SUITE_END();

  using MapperFixture::outcome;
  static std::string outcome(const std::vector<std::vector<std::string>>& rules,
                             const Certificate& certificate) {
    return outcome(decide(mapper(rules), certificate));
  }

  /// Answers what it was made with.
  struct Answering : AccountSource {
    explicit Answering(Resolution resolution) : answer(std::move(resolution)) {}
    Resolution resolve(const Inquiry&) const override { return answer; }
    std::string_view backend() const override { return "ldap"; }
    Resolution answer;
  };

  static std::shared_ptr<const Rule> answering(Resolution resolution) {
    auto made = std::make_shared<Rule>();
    made->name = "directory";
    made->source = std::make_unique<Answering>(std::move(resolution));
    return made;
  }

 public:
  void certificate_is_checked_in_order_before_rules() {
    const auto everyone = mapper({{"user everyone"}});
    CPPUNIT_ASSERT_EQUAL(
        std::string("no_certificate"),
        outcome(everyone.decide({.certificate = nullptr, .verified = true, .now = kNow})));
    const auto malformed = with_alt_names(email("a\nb@example.com"));
    CPPUNIT_ASSERT_EQUAL(
        std::string("certificate_not_verified"),
        outcome(everyone.decide({.certificate = &malformed, .verified = false, .now = 0})));
    CPPUNIT_ASSERT_EQUAL(std::string("certificate_expired"),
                         outcome(decide(everyone, malformed, malformed.not_after + 1)));
    CPPUNIT_ASSERT_EQUAL(std::string("certificate_not_yet_valid"),
                         outcome(decide(everyone, malformed, malformed.not_before - 1)));
    CPPUNIT_ASSERT_EQUAL(std::string("malformed_certificate"),
                         outcome(decide(everyone, malformed)));
    CPPUNIT_ASSERT_EQUAL(std::string("everyone"),
                         outcome(decide(everyone, alice_, alice_.not_after)));
    CPPUNIT_ASSERT_EQUAL(std::string("everyone"),
                         outcome(decide(everyone, alice_, alice_.not_before)));
  }

  void dates_bound_how_long_a_decision_holds() {
    const auto everyone = mapper({{"user everyone"}});
    CPPUNIT_ASSERT_EQUAL(alice_.not_after + 1, decide(everyone, alice_).valid_until);
    CPPUNIT_ASSERT_EQUAL(alice_.not_before, decide(everyone, alice_, 0).valid_until);
  }

  void first_rule_that_applies_decides() {
    CPPUNIT_ASSERT_EQUAL(
        std::string("second"),
        outcome({{"match email == x@y", "user first"}, {"user second"}, {"user third"}}, alice_));
  }

  void deny_stops() {
    CPPUNIT_ASSERT_EQUAL(
        std::string("denied_by_rule"),
        outcome({{"match email == alice@example.com", "deny gone"}, {"user alice"}}, alice_));
    CPPUNIT_ASSERT_EQUAL(std::string("alice"),
                         outcome({{"match email == x@y", "deny gone"}, {"user alice"}}, alice_));
  }

  void ambiguity_stops_before_a_weaker_rule() {
    CPPUNIT_ASSERT_EQUAL(std::string("ambiguous_attribute"),
                         outcome({{"user {email}"}, {"user everyone"}}, two_));
  }

  void unsafe_account_stops_before_a_weaker_rule() {
    const auto spaced = make_certificate({.subject = {{"2.5.4.3", " alice"}}});
    CPPUNIT_ASSERT_EQUAL(std::string("unsafe_account"),
                         outcome({{"user {subject.CN}"}, {"user everyone"}}, spaced));
  }

  void nothing_found_goes_on() {
    CPPUNIT_ASSERT_EQUAL(std::string("everyone"),
                         outcome({{"user {upn}"}, {"user everyone"}}, alice_));
    CPPUNIT_ASSERT_EQUAL(std::string("no_rule_matched"),
                         outcome({{"user {upn}"}, {"match dns == x", "user y"}}, alice_));
  }

  void nothing_found_bounds_how_long_a_later_rule_decides() {
    Resolution none;
    none.valid_until = kNow + 10;
    const Mapper mapper({answering(none), rule({"user bob"}, "later")});
    const auto decision = decide(mapper, make_certificate({}));
    CPPUNIT_ASSERT_EQUAL(std::string("bob"), outcome(decision));
    CPPUNIT_ASSERT_EQUAL(kNow + 10, decision.valid_until);
    CPPUNIT_ASSERT_EQUAL(kNow, decision.made_at);
  }

  void what_a_directory_says_is_in_the_decision() {
    Resolution hit;
    hit.reason = Reason::Mapped;
    hit.account = "bob";
    hit.attributes = {{"MAIL", {"b@example.com"}}};
    hit.from = AnswerFrom::Shared;
    const auto decision = decide(Mapper({answering(hit)}), make_certificate({}));
    CPPUNIT_ASSERT(hit.attributes == decision.attributes);
    CPPUNIT_ASSERT(decision.from == AnswerFrom::Shared);
    CPPUNIT_ASSERT_EQUAL(std::string("ldap"), decision.backend);
  }

  void rules_tried_end_with_the_one_that_decided() {
    const auto three = mapper({{"user {upn}"}, {"user second"}, {"user third"}});
    const auto decision = decide(three, alice_);
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, decision.rules_tried.size());
    CPPUNIT_ASSERT_EQUAL(std::string("r2"), decision.rules_tried[1]);
    CPPUNIT_ASSERT_EQUAL(std::string("r2"), decision.rule);
  }

  void thousand_rules_decide_as_one_by_one() {
    std::vector<std::vector<std::string>> rules;
    for (int i = 0; i < 1000; ++i) {
      const auto n = std::to_string(i);
      rules.push_back(
          i % 2
              ? std::vector<std::string>{"match email =~ (user)" + n + "@example\\.com",
                                         "match subject.CN == alice", "user r" + n + "-$1"}
              : std::vector<std::string>{"match email == user" + n + "@example.com", "user e" + n});
    }
    const auto many = mapper(rules);
    for (const auto* address :
         {"user500@example.com", "user501@example.com", "nobody@example.org"}) {
      const auto certificate = with_alt_names(email(address));
      const Peer peer{.certificate = &certificate, .verified = true, .now = kNow};
      Trace trace;
      CPPUNIT_ASSERT_EQUAL(outcome(many.decide(peer, &trace)), outcome(many.decide(peer)));
    }
    CPPUNIT_ASSERT_EQUAL(std::string("e500"),
                         outcome(decide(many, with_alt_names(email("user500@example.com")))));
    CPPUNIT_ASSERT_EQUAL(std::string("r501-user"),
                         outcome(decide(many, with_alt_names(email("user501@example.com")))));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MapperTest);

}  // namespace
