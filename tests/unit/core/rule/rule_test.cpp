#include "core/rule/rule.h"

#include <cppunit/extensions/HelperMacros.h>

#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include "core/rule/mapper.h"
#include "make_ca.h"
#include "make_certificate.h"
#include "mapper_fixture.h"
#include "rule_lines.h"

using namespace certmap;
using namespace certmap::test;

namespace {

class RuleTest : public MapperFixture {
  CPPUNIT_TEST_SUITE(RuleTest);
  CPPUNIT_TEST(strength_follows_what_hit);
  CPPUNIT_TEST(weak_rules_are_known);
  CPPUNIT_TEST(checked_key_does_not_vouch_for_a_name);
  CPPUNIT_TEST(outcome_is_exactly_one);
  CPPUNIT_TEST_SUITE_END();

  std::string alice_sha256() const {
    return text_of(values_of(alice_, parse_attribute("sha256"))[0]);
  }

 public:
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

CPPUNIT_TEST_SUITE_REGISTRATION(RuleTest);

}  // namespace
