#include "core/crl/judge.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstdint>
#include <optional>
#include <string>

#include "crl_images.h"

using namespace certmap;
using namespace certmap::test;

namespace {

constexpr std::int64_t kNextUpdate = 1798761600;  // of CrlSpec

class CrlJudgeTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CrlJudgeTest);
  CPPUNIT_TEST(who_is_listed_is_revoked);
  CPPUNIT_TEST(stale_crl_revokes);
  CPPUNIT_TEST(scope_does_not_matter_to_who_is_revoked);
  CPPUNIT_TEST(ca_with_a_new_key_revokes);
  CPPUNIT_TEST(crl_of_another_name_or_of_a_stranger_revokes_nobody);
  CPPUNIT_TEST(revoked_ca_issues_nothing);
  CPPUNIT_TEST(ca_of_a_revoked_ca_issues_nothing);
  CPPUNIT_TEST(ca_that_another_one_issued_too_goes_on);
  CPPUNIT_TEST(renewed_ca_goes_on_when_its_old_certificate_is_revoked);
  CPPUNIT_TEST(root_that_revokes_itself_issues_nothing);
  CPPUNIT_TEST(cas_that_certify_each_other_end_the_search);
  CPPUNIT_TEST(cas_are_read_from_their_certificates);
  CPPUNIT_TEST(known_until_next_update);
  CPPUNIT_TEST(known_only_by_the_very_key);
  CPPUNIT_TEST(latest_crl_decides_though_an_older_one_holds_longer);
  CPPUNIT_TEST(delta_makes_nobody_known_and_its_end_nobody_unknown);
  CPPUNIT_TEST(hours_let_a_stale_crl_count);
  CPPUNIT_TEST(allow_lets_in_who_is_not_known);
  CPPUNIT_TEST(longest_of_two_crls_counts);
  CPPUNIT_TEST(without_crls_nobody_is_revoked_or_known);
  CPPUNIT_TEST_SUITE_END();

  Images images_;

  static Certificate with_serial(const std::string& serial) {
    return make_certificate({.serial = serial});
  }
  static CrlSpec that_lists(const std::string& serial) { return {.entries = crl_entry(serial)}; }

 public:
  void who_is_listed_is_revoked() {
    const auto* crl = images_.add({.entries = crl_entry(from_hex("00ff"), reason(1))});
    const auto judge = images_.judge();
    const auto revoked = judge.revoked(with_serial(from_hex("00ff")), 0);
    CPPUNIT_ASSERT(revoked && revoked->crl == crl && revoked->entry.reason == 1 && !revoked->ca);
    CPPUNIT_ASSERT(revoked->entry.date == 1767323045);
    CPPUNIT_ASSERT(!judge.revoked(with_serial("b"), 0));
  }

  void stale_crl_revokes() {
    images_.add({.this_update = "100101000000Z",
                 .next_update = "100102000000Z",
                 .entries = crl_entry("a")});
    CPPUNIT_ASSERT(images_.judge().revoked(with_serial("a"), 0));
  }

  void scope_does_not_matter_to_who_is_revoked() {
    images_.add({.entries = crl_entry("a"), .extensions = scope_of("", kOnlyCas)});
    images_.add(
        {.entries = crl_entry("b"), .extensions = scope_of(uri("http://a/1"), kOnlySomeReasons)});
    CPPUNIT_ASSERT(images_.judge().revoked(with_serial("a"), 0));
    CPPUNIT_ASSERT(images_.judge().revoked(with_serial("b"), 0));
  }

  void ca_with_a_new_key_revokes() {
    images_.add(that_lists("a"), {"ca", "new key"});
    const auto judge = images_.judge({ca_of("ca", "key", {0}), ca_of("ca", "new key", {1})});
    CPPUNIT_ASSERT(judge.revoked(with_serial("a"), 0));
  }

  void crl_of_another_name_or_of_a_stranger_revokes_nobody() {
    images_.add(that_lists("a"), {"other", "key"});
    images_.add(that_lists("a"), {"ca", "key of nobody there"});
    const auto judge = images_.judge({ca_of("ca", "key", {0}), ca_of("other", "key", {1})});
    CPPUNIT_ASSERT(!judge.revoked(with_serial("a"), 0));
    CPPUNIT_ASSERT(judge.revoked(with_serial("a"), 1));
  }

  void revoked_ca_issues_nothing() {
    const auto* crl = images_.add(that_lists("sub"));
    const auto judge =
        images_.judge({ca_of("ca", "key", {0}), ca_of("sub", "sub key", {0}, "ca", "sub")});
    const auto revoked = judge.revoked(with_serial("x"), 1);
    CPPUNIT_ASSERT(revoked && revoked->ca == 1 && revoked->crl == crl);
    CPPUNIT_ASSERT(!judge.revoked(with_serial("x"), 0));
  }

  void ca_of_a_revoked_ca_issues_nothing() {
    images_.add(that_lists("sub"));
    const auto judge =
        images_.judge({ca_of("low", "low key", {1}, "sub", "low"),
                       ca_of("sub", "sub key", {2}, "ca", "sub"), ca_of("ca", "key", {2})});
    CPPUNIT_ASSERT(judge.revoked(with_serial("x"), 0)->ca == 1);
  }

  void ca_that_another_one_issued_too_goes_on() {
    images_.add(that_lists("sub"));
    const auto judge = images_.judge(
        {ca_of("ca", "key", {0}), ca_of("sub", "sub key", {0}, "ca", "sub"),
         ca_of("sub", "sub key", {3}, "root", "sub"), ca_of("root", "root key", {3})});
    CPPUNIT_ASSERT(!judge.revoked(with_serial("x"), 1) && !judge.revoked(with_serial("x"), 2));
  }

  void renewed_ca_goes_on_when_its_old_certificate_is_revoked() {
    images_.add(that_lists("old"));
    const auto judge = images_.judge(
        {ca_of("ca", "key", {0, 1}, "ca", "old"), ca_of("ca", "key", {0, 1}, "ca", "new")});
    CPPUNIT_ASSERT(!judge.revoked(with_serial("x"), 0) && !judge.revoked(with_serial("x"), 1));
  }

  void root_that_revokes_itself_issues_nothing() {
    images_.add(that_lists("root"));
    CPPUNIT_ASSERT(images_.judge().revoked(with_serial("x"), 0));
  }

  void cas_that_certify_each_other_end_the_search() {
    images_.add(that_lists("x"), {"a", "a"});
    const auto judge = images_.judge({ca_of("a", "a", {1}, "b"), ca_of("b", "b", {0}, "a")});
    CPPUNIT_ASSERT(!judge.revoked(with_serial("y"), 0));
  }

  void cas_are_read_from_their_certificates() {
    const auto key = make_key();
    const auto root = make_ca("CA", key);
    const auto sub_key = make_key();
    const auto sub = sign({"Sub", "CA", {}}, sub_key, key);
    const auto twin = make_ca("CA", make_key());
    const auto cas = crl_cas({sub.get(), twin.get(), root.get()});
    CPPUNIT_ASSERT(cas[0].issuers == std::vector<std::size_t>{2});
    CPPUNIT_ASSERT(cas[1].issuers == std::vector<std::size_t>{1});
    CPPUNIT_ASSERT(cas[2].signer == crl_signer(root.get()) && cas[2].serial == "\x07");
    CPPUNIT_ASSERT(cas[0].issuer == cas[2].signer.name);
    CPPUNIT_ASSERT(cas[1].signer.name == cas[2].signer.name && cas[1].signer != cas[2].signer);
  }

  void known_until_next_update() {
    const auto* crl = images_.add({});
    const auto judge = images_.judge();
    const auto known = judge.known(with_serial("a"), 0, {}, kNextUpdate);
    CPPUNIT_ASSERT(known.crl == crl && known.let_in && known.until == kNextUpdate + 1);
    const auto later = judge.known(with_serial("a"), 0, {}, kNextUpdate + 1);
    CPPUNIT_ASSERT(later.crl == nullptr && !later.let_in && later.until == kForever);
  }

  void known_only_by_the_very_key() {
    images_.add({}, {"ca", "new key"});
    const auto judge = images_.judge({ca_of("ca", "key", {0}), ca_of("ca", "new key", {1})});
    CPPUNIT_ASSERT(!judge.known(with_serial("a"), 0, {}, 0).crl);
    CPPUNIT_ASSERT(judge.known(with_serial("a"), 1, {}, 0).crl);
  }

  void latest_crl_decides_though_an_older_one_holds_longer() {
    images_.add({});
    images_.add({.this_update = "260601000000Z", .next_update = "260602000000Z"});
    CPPUNIT_ASSERT(!images_.judge().known(with_serial("a"), 0, {}, kNextUpdate).crl);
  }

  void delta_makes_nobody_known_and_its_end_nobody_unknown() {
    images_.add({.next_update = "260102000000Z", .extensions = number("\x05")});
    images_.add({.extensions = number("\x06") + delta_of("\x05")});
    CPPUNIT_ASSERT(!images_.judge().known(with_serial("a"), 0, {}, kNextUpdate).crl);
    Images other;
    const auto* complete = other.add({.extensions = number("\x05")});
    other.add({.next_update = "260102000000Z", .extensions = number("\x06") + delta_of("\x05")});
    CPPUNIT_ASSERT(other.judge().known(with_serial("a"), 0, {}, kNextUpdate).crl == complete);
  }

  void hours_let_a_stale_crl_count() {
    const auto* crl = images_.add({});
    const StalePolicy two_hours{.grace = 7200};
    const auto judge = images_.judge();
    const auto known = judge.known(with_serial("a"), 0, two_hours, kNextUpdate + 7200);
    CPPUNIT_ASSERT(known.crl == crl && known.until == kNextUpdate + 7201);
    CPPUNIT_ASSERT(!judge.known(with_serial("a"), 0, two_hours, known.until).let_in);
  }

  void allow_lets_in_who_is_not_known() {
    images_.add({});
    const StalePolicy allow{.allow_unknown = true};
    const auto judge = images_.judge();
    const auto known = judge.known(with_serial("a"), 0, allow, kNextUpdate + 1);
    CPPUNIT_ASSERT(known.let_in && known.crl == nullptr && known.until == kForever);
    CPPUNIT_ASSERT(judge.known(with_serial("a"), 0, allow, kNextUpdate).until == kNextUpdate + 1);
  }

  void longest_of_two_crls_counts() {
    images_.add({.next_update = "260102000000Z", .extensions = scope_of("", kOnlyUsers)});
    const auto* longer = images_.add({});
    const auto known = images_.judge().known(with_serial("a"), 0, {}, 0);
    CPPUNIT_ASSERT(known.crl == longer && known.until == kNextUpdate + 1);
  }

  void without_crls_nobody_is_revoked_or_known() {
    const auto judge = images_.judge();
    CPPUNIT_ASSERT(!judge.revoked(with_serial("a"), 0));
    CPPUNIT_ASSERT(!judge.known(with_serial("a"), 0, {}, 0).let_in);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CrlJudgeTest);

}  // namespace
