#include "core/rule/mapper.h"

#include <cppunit/extensions/HelperMacros.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "make_ca.h"
#include "make_certificate.h"
#include "rule_lines.h"

using namespace certmap;
using namespace certmap::test;

namespace {

constexpr std::int64_t kNow = 1780000000;  ///< inside the validity of make_certificate()

class MapperTest : public CppUnit::TestFixture {
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
  CPPUNIT_TEST(a_trace_is_told_of_every_rule_and_changes_nothing);
  CPPUNIT_TEST(a_trace_is_told_of_every_rule_and_changes_nothing);
  CPPUNIT_TEST(the_rule_that_came_nearest_is_named);
  CPPUNIT_TEST(a_missing_ca_is_named_beside_the_nearest_rule);
  CPPUNIT_TEST(of_many_rules_only_the_first_are_asked_why_not);
  CPPUNIT_TEST(map_file_hits_blocks_and_expiry);
  CPPUNIT_TEST(an_entry_holds_through_the_last_second_of_its_day);
  CPPUNIT_TEST(a_block_holds_through_the_last_second_of_its_day);
  CPPUNIT_TEST(block_by_any_kind_comes_before_the_first_rule);
  CPPUNIT_TEST(map_file_that_was_never_read_is_no_answer);
  CPPUNIT_TEST(strength_follows_what_hit);
  CPPUNIT_TEST(weak_rules_are_known);
  CPPUNIT_TEST(checked_key_does_not_vouch_for_a_name);
  CPPUNIT_TEST(outcome_is_exactly_one);
  CPPUNIT_TEST_SUITE_END();

  static Mapper mapper(const std::vector<std::vector<std::string>>& rules) {
    std::vector<std::shared_ptr<const Rule>> made;
    for (const auto& lines : rules)
      made.push_back(rule(lines, "r" + std::to_string(made.size() + 1)));
    return Mapper(std::move(made));
  }

  static Decision decide(const Mapper& mapper, const Certificate& certificate,
                         std::int64_t now = kNow) {
    return mapper.decide({.certificate = &certificate, .verified = true, .now = now});
  }

  /// "bob" where it maps to bob, the reason otherwise.
  static std::string outcome(const Decision& decision) {
    return decision.reason == Reason::Mapped ? decision.account
                                             : std::string(word(decision.reason));
  }

  static std::string outcome(const std::vector<std::vector<std::string>>& rules,
                             const Certificate& certificate) {
    return outcome(decide(mapper(rules), certificate));
  }

  struct Map {
    TemporaryFile text;
    std::shared_ptr<MapFile> file;

    explicit Map(const std::string& lines) {
      text.add(lines);
      file = std::make_shared<MapFile>(text.path(), geteuid());
      const auto load = file->load();
      CPPUNIT_ASSERT_EQUAL_MESSAGE(load.errors.empty() ? "" : load.errors[0], std::size_t{0},
                                   load.errors.size());
    }
  };

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

  static std::shared_ptr<const Rule> file_rule(const std::shared_ptr<MapFile>& file,
                                               const std::string& kinds = "",
                                               const std::string& match = "") {
    RuleResources resources([&](const std::string&) { return file; });
    RuleBuilder builder("file", resources);
    if (!match.empty()) builder.match(words(match));
    builder.file(words("map " + kinds));
    return builder.build();
  }

  std::string alice_sha256() const {
    return text_of(values_of(alice_, parse_attribute("sha256"))[0]);
  }

  Certificate alice_ = with_alt_names(email("alice@example.com") + dns("alice.example.com"));
  Certificate two_ = with_alt_names(email("a@example.com") + email("b@example.com"));

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

  void map_file_hits_blocks_and_expiry() {
    const Map map(
        "email:alice@example.com alice groups=admins\n"
        "dns:alice.example.com ALICE\n"
        "email:a@example.com one\nemail:b@example.com two\n"
        "email:old@example.com old expires=2020-01-01\n"
        "email:free@example.com ! expires=2020-01-01\n");
    const Mapper both({file_rule(map.file), rule({"user everyone"})});
    const auto decision = decide(both, alice_);
    CPPUNIT_ASSERT_EQUAL(std::string("alice"), outcome(decision));
    CPPUNIT_ASSERT_EQUAL(std::string("email:alice@example.com"), decision.key);
    CPPUNIT_ASSERT(decision.groups == std::vector<std::string>{"admins"});
    CPPUNIT_ASSERT_EQUAL(std::string("ambiguous_account"), outcome(decide(both, two_)));
    CPPUNIT_ASSERT_EQUAL(std::string("entry_expired"),
                         outcome(decide(both, with_alt_names(email("old@example.com")))));
    CPPUNIT_ASSERT_EQUAL(std::string("everyone"),
                         outcome(decide(both, with_alt_names(email("free@example.com")))));
    CPPUNIT_ASSERT_EQUAL(std::string("everyone"),
                         outcome(decide(both, with_alt_names(email("x@example.com")))));
    const Mapper by_dns({file_rule(map.file, "dns email")});
    CPPUNIT_ASSERT_EQUAL(std::string("ALICE"), outcome(decide(by_dns, alice_)));
    const Mapper checked({file_rule(map.file, "email", "email == b@example.com")});
    CPPUNIT_ASSERT_EQUAL(std::string("two"), outcome(decide(checked, two_)));
  }

  static constexpr std::int64_t kEndOfJune = 1782864000;  ///< 2026-07-01T00:00:00Z

  void an_entry_holds_through_the_last_second_of_its_day() {
    const Map map("email:alice@example.com alice expires=2026-06-30\n");
    const Mapper mapper({file_rule(map.file), rule({"user everyone"})});
    const auto last = decide(mapper, alice_, kEndOfJune - 1);
    CPPUNIT_ASSERT_EQUAL(std::string("alice"), outcome(last));
    CPPUNIT_ASSERT_EQUAL(kEndOfJune, last.valid_until);
    CPPUNIT_ASSERT_EQUAL(std::string("entry_expired"), outcome(decide(mapper, alice_, kEndOfJune)));
    CPPUNIT_ASSERT(decide(mapper, alice_, kEndOfJune).valid_until > kEndOfJune);
  }

  void a_block_holds_through_the_last_second_of_its_day() {
    const Map map("email:alice@example.com ! expires=2026-06-30\n");
    const Mapper mapper({file_rule(map.file), rule({"user everyone"})});
    const auto last = decide(mapper, alice_, kEndOfJune - 1);
    CPPUNIT_ASSERT_EQUAL(std::string("denied_by_rule"), outcome(last));
    CPPUNIT_ASSERT_EQUAL(kEndOfJune, last.valid_until);
    CPPUNIT_ASSERT_EQUAL(std::string("everyone"), outcome(decide(mapper, alice_, kEndOfJune)));
    // A lookup by itself answers the same.
    const MapFileSource source(map.file, {});
    const std::vector<Match> none;
    KnownValues known(alice_);
    const CheckedCertificate checked(known, none);
    const MapImages maps({map.file});
    CPPUNIT_ASSERT(source.resolve({checked, kEndOfJune - 1, maps}).reason == Reason::DeniedByRule);
    CPPUNIT_ASSERT(source.resolve({checked, kEndOfJune, maps}).reason == Reason::NoRuleMatched);
  }

  void block_by_any_kind_comes_before_the_first_rule() {
    const Map map("dns:alice.example.com !\nemail:x@example.com x\n");
    const Mapper everyone_first({rule({"user everyone"}), file_rule(map.file, "email")});
    const auto decision = decide(everyone_first, alice_);
    CPPUNIT_ASSERT_EQUAL(std::string("denied_by_rule"), outcome(decision));
    CPPUNIT_ASSERT_EQUAL(std::string("dns:alice.example.com"), decision.key);
    CPPUNIT_ASSERT_EQUAL(std::string("everyone"), outcome(decide(everyone_first, two_)));
  }

  void map_file_that_was_never_read_is_no_answer() {
    const auto file = std::make_shared<MapFile>("/nonexistent/map", geteuid());
    const Mapper both({rule({"user everyone"}), file_rule(file)});
    const auto decision = decide(both, alice_);
    CPPUNIT_ASSERT_EQUAL(std::string("backend_unavailable"), outcome(decision));
    CPPUNIT_ASSERT(decision.valid_until <= kNow);
  }

  void strength_follows_what_hit() {
    const auto key = make_key();
    TemporaryFile ca;
    ca.add(make_ca("CA", key));
    const auto leaf = read_certificate(sign(
        {"alice", "CA", {{NID_subject_alt_name, "email:alice@example.com"}}}, make_key(), key));
    const auto spki = text_of(values_of(leaf, parse_attribute("spki"))[0]);
    const auto strength = [&](const std::string& line, bool pinned) {
      const Map map(line);
      RuleResources resources([&](const std::string&) { return map.file; });
      RuleBuilder builder("file", resources);
      if (pinned) builder.issued_by({ca.path()});
      builder.file({"map"});
      return std::string(
          word(decide(Mapper({builder.build()}), leaf, std::time(nullptr)).strength));
    };
    CPPUNIT_ASSERT_EQUAL(std::string("strong"), strength("spki:" + spki + " alice", false));
    CPPUNIT_ASSERT_EQUAL(std::string("weak"), strength("email:alice@example.com alice", false));
    CPPUNIT_ASSERT_EQUAL(std::string("issuer"), strength("email:alice@example.com alice", true));
    CPPUNIT_ASSERT_EQUAL(std::string("strong"), strength("issuer-serial:07@CN=CA alice", true));
    CPPUNIT_ASSERT_EQUAL(std::string("weak"), strength("issuer-serial:07@CN=CA alice", false));
  }

  void weak_rules_are_known() {
    const Map map("");
    CPPUNIT_ASSERT(rule({"user x"})->is_weak());
    CPPUNIT_ASSERT(rule({"match issuer == CN=CA", "user x"})->is_weak());
    CPPUNIT_ASSERT(!rule({"match spki == " + std::string(64, 'a'), "user x"})->is_weak());
    CPPUNIT_ASSERT(rule({"match spki != " + std::string(64, 'a'), "user x"})->is_weak());
    CPPUNIT_ASSERT(!rule({"deny x"})->is_weak());
    CPPUNIT_ASSERT(file_rule(map.file)->is_weak());
    CPPUNIT_ASSERT(file_rule(map.file, "sha256 issuer-serial")->is_weak());
    CPPUNIT_ASSERT(!file_rule(map.file, "sha256 spki")->is_weak());
  }

  void checked_key_does_not_vouch_for_a_name() {
    const Map map("");
    const auto spki = "match spki == " + text_of(values_of(alice_, parse_attribute("spki"))[0]);
    const auto sha256 = "match sha256 == " + alice_sha256();
    for (const auto& [lines, strength] :
         {std::pair{std::vector{spki, std::string("user {subject.CN}")}, Strength::Weak},
          {{spki, "user fixed"}, Strength::Strong},
          {{sha256, "user {subject.CN}"}, Strength::Strong}}) {
      const auto made = rule(lines);
      CPPUNIT_ASSERT_EQUAL_MESSAGE(lines[1], strength == Strength::Weak, made->is_weak());
      CPPUNIT_ASSERT_MESSAGE(lines[1], strength == decide(Mapper({made}), alice_).strength);
    }
    const auto key = spki.substr(6);
    CPPUNIT_ASSERT(file_rule(map.file, "email", key)->is_weak());
    CPPUNIT_ASSERT(file_rule(map.file, "upn sha256", key)->is_weak());
    CPPUNIT_ASSERT(!file_rule(map.file, "spki", key)->is_weak());
  }

  void outcome_is_exactly_one() {
    CPPUNIT_ASSERT(rule_error({"match email == a@b"}).find("has no outcome") != std::string::npos);
    CPPUNIT_ASSERT(rule_error({"user x", "deny y"}).find("exactly one outcome") !=
                   std::string::npos);
    CPPUNIT_ASSERT(rule_error({"user x"}, "a/b").find("rule's name") != std::string::npos);
    CPPUNIT_ASSERT(rule_error({"user x"}, "none").find("word of CertMapUse") != std::string::npos);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MapperTest);

}  // namespace
