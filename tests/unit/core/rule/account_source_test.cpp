#include "core/rule/account_source.h"

#include <cppunit/extensions/HelperMacros.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/rule/mapper.h"
#include "make_certificate.h"
#include "mapper_fixture.h"
#include "rule_lines.h"

using namespace certmap;
using namespace certmap::test;

namespace {

class AccountSourceTest : public MapperFixture {
  CPPUNIT_TEST_SUITE(AccountSourceTest);
  CPPUNIT_TEST(map_file_hits_blocks_and_expiry);
  CPPUNIT_TEST(an_entry_holds_through_the_last_second_of_its_day);
  CPPUNIT_TEST(a_block_holds_through_the_last_second_of_its_day);
  CPPUNIT_TEST(block_by_any_kind_comes_before_the_first_rule);
  CPPUNIT_TEST(map_file_that_was_never_read_is_no_answer);
  CPPUNIT_TEST_SUITE_END();

  static constexpr std::int64_t kEndOfJune = 1782864000;  ///< 2026-07-01T00:00:00Z

 public:
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
};

CPPUNIT_TEST_SUITE_REGISTRATION(AccountSourceTest);

}  // namespace
