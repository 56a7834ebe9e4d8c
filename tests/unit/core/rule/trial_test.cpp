#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/rule/decision.h"

using namespace certmap;

namespace {

Decision mapped(const std::string& account, std::vector<std::string> groups = {}) {
  Decision decision;
  decision.reason = Reason::Mapped;
  decision.account = account;
  decision.groups = std::move(groups);
  return decision;
}

Decision refused(Reason reason) {
  Decision decision;
  decision.reason = reason;
  return decision;
}

/// Of SSLUserName, a password …
RequestOutcome others(const std::string& account) { return {.account = account}; }

RequestOutcome of_certmap(Decision decision) {
  const bool is_mapped = decision.reason == Reason::Mapped;
  const std::string account = is_mapped ? decision.account : "";
  return {.account = account,
          .decision = std::make_shared<const Decision>(std::move(decision)),
          .is_mapped = is_mapped,
          .is_kept_out = !is_mapped};
}

}  // namespace

class TrialTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(TrialTest);
  CPPUNIT_TEST(an_account_is_the_same_whoever_gave_it);
  CPPUNIT_TEST(groups_count_where_both_are_certmaps_in_any_order);
  CPPUNIT_TEST(a_refusal_is_the_same_for_the_same_reason);
  CPPUNIT_TEST(a_refusal_beside_no_decision_is_the_same_where_nobody_came_in);
  CPPUNIT_TEST(two_factors_that_differ_are_no_matter_of_the_rules);
  CPPUNIT_TEST(a_password_where_the_certificate_gave_no_account);
  CPPUNIT_TEST_SUITE_END();

 public:
  void an_account_is_the_same_whoever_gave_it() {
    CPPUNIT_ASSERT(is_same(mapped("alice"), others("alice")));
    CPPUNIT_ASSERT(is_same(mapped("alice"), of_certmap(mapped("alice"))));
    CPPUNIT_ASSERT(!is_same(mapped("alice"), others("Alice")));
    CPPUNIT_ASSERT(!is_same(mapped("alice"), of_certmap(mapped("bob"))));
    CPPUNIT_ASSERT(!is_same(mapped("alice"), others("")));
  }

  void groups_count_where_both_are_certmaps_in_any_order() {
    const auto in_force = of_certmap(mapped("alice", {"a", "b"}));
    CPPUNIT_ASSERT(is_same(mapped("alice", {"b", "a"}), in_force));
    CPPUNIT_ASSERT(!is_same(mapped("alice", {"a"}), in_force));
    CPPUNIT_ASSERT(!is_same(mapped("alice", {"a", "a"}), in_force));
    CPPUNIT_ASSERT(is_same(mapped("alice", {"a"}), others("alice")));
  }

  void a_refusal_is_the_same_for_the_same_reason() {
    const auto in_force = of_certmap(refused(Reason::DeniedByRule));
    CPPUNIT_ASSERT(is_same(refused(Reason::DeniedByRule), in_force));
    CPPUNIT_ASSERT(!is_same(refused(Reason::NoRuleMatched), in_force));
    CPPUNIT_ASSERT(!is_same(mapped("alice"), in_force));
    CPPUNIT_ASSERT(!is_same(refused(Reason::DeniedByRule), of_certmap(mapped("alice"))));
  }

  void a_refusal_beside_no_decision_is_the_same_where_nobody_came_in() {
    auto in_force = others("");
    CPPUNIT_ASSERT(!is_same(refused(Reason::NoRuleMatched), in_force));
    in_force.is_kept_out = true;
    CPPUNIT_ASSERT(is_same(refused(Reason::NoRuleMatched), in_force));
    in_force.account = "alice";  // whom Require refused
    CPPUNIT_ASSERT(!is_same(refused(Reason::NoRuleMatched), in_force));
  }

  void two_factors_that_differ_are_no_matter_of_the_rules() {
    auto mismatch = mapped("alice");
    mismatch.reason = Reason::AccountMismatch;
    const auto in_force = of_certmap(mismatch);
    CPPUNIT_ASSERT(is_same(mapped("alice"), in_force));
    CPPUNIT_ASSERT(!is_same(mapped("bob"), in_force));
  }

  void a_password_where_the_certificate_gave_no_account() {
    auto in_force = of_certmap(refused(Reason::NoRuleMatched));
    in_force.account = "bob";
    in_force.is_kept_out = false;
    CPPUNIT_ASSERT(is_same(refused(Reason::NoRuleMatched), in_force));
    CPPUNIT_ASSERT(is_same(mapped("bob"), in_force));
    CPPUNIT_ASSERT(!is_same(mapped("alice"), in_force));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(TrialTest);
