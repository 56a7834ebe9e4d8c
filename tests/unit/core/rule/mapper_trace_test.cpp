#include <cppunit/extensions/HelperMacros.h>

#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "core/rule/mapper.h"
#include "make_ca.h"
#include "make_certificate.h"
#include "mapper_fixture.h"
#include "rule_lines.h"

using namespace certmap;
using namespace certmap::test;

namespace {

class MapperTraceTest : public MapperFixture {
  CPPUNIT_TEST_SUITE(MapperTraceTest);
  CPPUNIT_TEST(a_trace_is_told_of_every_rule_and_changes_nothing);
  CPPUNIT_TEST(the_rule_that_came_nearest_is_named);
  CPPUNIT_TEST(a_missing_ca_is_named_beside_the_nearest_rule);
  CPPUNIT_TEST(of_many_rules_only_the_first_are_asked_why_not);
  CPPUNIT_TEST_SUITE_END();

  /// What a Trace is told.
  struct Words : Trace {
    std::vector<std::string> all;
    void blocks(const MapFile&, const Resolution& found) override {
      all.push_back("blocks " + std::string(word(found.reason)));
    }
    void issuer(const Rule& rule, const IssuerVerdict& verdict) override {
      all.push_back(rule.name + (verdict.issued ? " issued" : " not issued") +
                    (verdict.ca ? " by a CA" : ""));
    }
    void match(const Rule& rule, const Match&, const std::vector<Value>& values,
               bool holds) override {
      all.push_back(rule.name + " " + std::to_string(values.size()) + (holds ? " yes" : " no"));
    }
    void answer(const Rule& rule, const Resolution& found) override {
      all.push_back(rule.name + " " + std::string(word(found.reason)) + " in line " +
                    std::to_string(found.line));
    }
    void does_not_apply(const Rule& rule, const std::string&) override {
      all.push_back(rule.name + " passed over");
    }
  };

  static std::shared_ptr<const Rule> pinned(const std::string& name, const std::string& ca,
                                            const std::string& match) {
    auto resources = no_resources();
    RuleBuilder builder(name, resources);
    builder.issued_by({ca});
    builder.match(words(match));
    builder.user({"x"});
    return builder.build();
  }

  static std::string why_none(const std::vector<std::vector<std::string>>& rules) {
    const auto decision = decide(mapper(rules), make_certificate({}));
    CPPUNIT_ASSERT_EQUAL(std::string("no_rule_matched"), outcome(decision));
    return decision.detail;
  }

 public:
  void a_trace_is_told_of_every_rule_and_changes_nothing() {
    const auto key = make_key();
    TemporaryFile ca, other;
    ca.add(make_ca("CA", key));
    other.add(make_ca("Other", make_key()));
    const auto leaf = read_certificate(sign(
        {"alice", "CA", {{NID_subject_alt_name, "email:alice@example.com"}}}, make_key(), key));
    const Map map("# people\nemail:x@example.com x\n");
    const Map found("\n\nemail:alice@example.com alice\n");
    const Mapper mapper({pinned("gated", other.path(), "email == b@example.com"),
                         pinned("foreign", other.path(), "email == alice@example.com"),
                         pinned("lines", ca.path(), "email =~ bob@.*"), file_rule(map.file),
                         rule({"match email != x@example.com", "user {dns}"}, "empty"),
                         file_rule(found.file), rule({"user last"}, "last")});
    const Peer peer{.certificate = &leaf, .verified = true, .now = std::time(nullptr)};
    Words told;
    const auto decision = mapper.decide(peer, &told);
    const auto untold = mapper.decide(peer);
    const std::vector<std::string> expected{"blocks no_rule_matched",
                                            "blocks no_rule_matched",
                                            "gated not issued",
                                            "gated passed over",
                                            "foreign not issued",
                                            "foreign passed over",
                                            "lines issued by a CA",
                                            "lines 1 no",
                                            "lines passed over",
                                            "file no_rule_matched in line 0",
                                            "file passed over",
                                            "empty 1 yes",
                                            "empty no_rule_matched in line 0",
                                            "empty passed over",
                                            "file mapped in line 3"};
    CPPUNIT_ASSERT(told.all == expected);
    CPPUNIT_ASSERT_EQUAL(std::string("alice"), outcome(decision));
    CPPUNIT_ASSERT_EQUAL(untold.detail, decision.detail);
    CPPUNIT_ASSERT_EQUAL(untold.valid_until, decision.valid_until);
    CPPUNIT_ASSERT(decision.rules_tried.size() == 6 && untold.rules_tried.size() == 6);
    const auto refused = Mapper({pinned("gated", other.path(), "email == b@example.com")});
    CPPUNIT_ASSERT_EQUAL(refused.decide(peer).detail, refused.decide(peer, &told).detail);
  }

  void the_rule_that_came_nearest_is_named() {
    const std::string first = "match subject.CN == alice", second = "match serial == 02";
    const std::vector<std::string> none{"match subject.CN == x", "user x"};
    const std::vector<std::string> one{first, second, "user x"};
    const std::vector<std::string> all{first, "user {upn}"};
    const std::string line = " does not apply: CertMapMatch serial == 02 does not hold";
    CPPUNIT_ASSERT_EQUAL("rule r2" + line, why_none({none, one, none}));
    CPPUNIT_ASSERT_EQUAL("rule r1" + line, why_none({one, one, none}));
    CPPUNIT_ASSERT_EQUAL(std::string("rule r2 does not apply: {upn} has no value"),
                         why_none({one, all, none}));
    CPPUNIT_ASSERT_EQUAL(
        std::string("rule r1 does not apply: CertMapMatch subject.CN == x does not hold"),
        why_none({none, none}));
    CPPUNIT_ASSERT_EQUAL(std::string("no rule gave an account"), why_none({}));
  }

  void a_missing_ca_is_named_beside_the_nearest_rule() {
    const auto key = make_key();
    TemporaryFile other;
    other.add(make_ca("Other", make_key()));
    const auto leaf = read_certificate(sign(
        {"alice", "CA", {{NID_subject_alt_name, "email:alice@example.com"}}}, make_key(), key));
    const Mapper mapper({pinned("foreign", other.path(), "email == alice@example.com"),
                         rule({"match email == x@example.com", "user x"}, "near")});
    const auto decision =
        mapper.decide({.certificate = &leaf, .verified = true, .now = std::time(nullptr)});
    const std::string begin =
        "rule near does not apply: CertMapMatch email == x@example.com does not hold; rule foreign "
        "does not apply: its issuer CN=CA";
    CPPUNIT_ASSERT_EQUAL(begin, decision.detail.substr(0, begin.size()));
  }

  void of_many_rules_only_the_first_are_asked_why_not() {
    const std::vector<std::string> none{"match subject.CN == x", "user x"};
    std::vector<std::vector<std::string>> rules(70, none);
    rules[69] = {"match serial == 01", "match subject.CN == x", "user x"};
    CPPUNIT_ASSERT(why_none(rules).starts_with("rule r70 "));  // it passed the gate
    rules[69] = {"match subject.CN != x", "match subject.CN == x", "user x"};
    CPPUNIT_ASSERT(why_none(rules).starts_with("rule r1 "));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MapperTraceTest);

}  // namespace
