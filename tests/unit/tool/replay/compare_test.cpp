#include "tool/replay/compare.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstdint>
#include <string>

using namespace certmap;

namespace {

constexpr std::int64_t kNow = 1'000'000;
const KeptCertificate kKept{kNow, "CN=alice"};
const KeptCertificate kEnded{kNow - 1, "CN=alice"};

LastEvent let_in(const std::string& account) { return {0, true, account, "mapped", false}; }
LastEvent refused(const std::string& reason) { return {0, false, "", reason, false}; }
ReplayAnswer mapped(const std::string& account) {
  return {.exit = 0, .let_in = true, .account = account, .reason = "mapped"};
}
ReplayAnswer refused_now(const std::string& reason) { return {.exit = 1, .reason = reason}; }

Change change(const LastEvent& was, const ReplayAnswer& now) {
  return compare(was, &kKept, &now, kNow).change;
}

class CompareTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CompareTest);
  CPPUNIT_TEST(what_was_and_what_would_be);
  CPPUNIT_TEST(what_cannot_be_compared);
  CPPUNIT_TEST(a_password_is_another_matter);
  CPPUNIT_TEST(a_require_that_depends_on_the_request);
  CPPUNIT_TEST(cas_that_the_client_sends);
  CPPUNIT_TEST_SUITE_END();

 public:
  void what_was_and_what_would_be() {
    CPPUNIT_ASSERT(change(let_in("a"), mapped("a")) == Change::Same);
    CPPUNIT_ASSERT(change(let_in("a"), mapped("b")) == Change::SomebodyElse);
    CPPUNIT_ASSERT(change(let_in("a"), refused_now("denied_by_rule")) == Change::Refused);
    CPPUNIT_ASSERT(change(refused("denied_by_rule"), mapped("a")) == Change::LetIn);
    CPPUNIT_ASSERT(change(refused("denied_by_rule"), refused_now("handshake")) == Change::Same);
    CPPUNIT_ASSERT(change(refused("mapped"), refused_now("require")) == Change::Same);
    // An open place lets in without an account.
    CPPUNIT_ASSERT(change(let_in("a"), mapped("")) == Change::SomebodyElse);
  }

  void what_cannot_be_compared() {
    const auto now = mapped("a");
    CPPUNIT_ASSERT(compare(let_in("a"), nullptr, nullptr, kNow).change == Change::NotKept);
    CPPUNIT_ASSERT(compare(let_in("a"), &kEnded, nullptr, kNow).change == Change::Expired);
    CPPUNIT_ASSERT(compare(refused("no_rule_matched"), &kEnded, nullptr, kNow).change ==
                   Change::Same);
    CPPUNIT_ASSERT(compare(let_in("a"), &kKept, nullptr, kNow).change == Change::CannotTell);
    const ReplayAnswer unknown{.exit = 2, .why = "cannot tell: x"};
    CPPUNIT_ASSERT(change(let_in("a"), unknown) == Change::CannotTell);
    CPPUNIT_ASSERT_EQUAL(std::string("cannot tell: x"),
                         compare(let_in("a"), &kKept, &unknown, kNow).why);
    CPPUNIT_ASSERT_EQUAL(std::string(), compare(let_in("a"), &kKept, &unknown, kNow).now);
    CPPUNIT_ASSERT(change({0, true, "a", "mapped", true}, mapped("b")) == Change::CannotTell);
    CPPUNIT_ASSERT(change(let_in("a"), refused_now("backend_unavailable")) == Change::Directory);
    CPPUNIT_ASSERT(change(refused("x"), refused_now("backend_unavailable")) == Change::Directory);
  }

  void a_password_is_another_matter() {
    auto now = mapped("a");
    CPPUNIT_ASSERT(change(refused("account_mismatch"), now) == Change::LetIn);
    now.control = "required";
    CPPUNIT_ASSERT(change(refused("account_mismatch"), now) == Change::Same);
    auto asks = refused_now("no_rule_matched");
    asks.control = "sufficient";
    const auto told = compare(let_in("a"), &kKept, &asks, kNow);
    CPPUNIT_ASSERT_EQUAL(std::string("no_rule_matched (the AuthType asks)"), told.now);
  }

  void a_require_that_depends_on_the_request() {
    auto now = mapped("a");
    now.depends = true;
    CPPUNIT_ASSERT(change(let_in("a"), now) == Change::Same);
    CPPUNIT_ASSERT(change(refused("mapped"), now) == Change::CannotTell);
    CPPUNIT_ASSERT(change(refused("no_rule_matched"), now) == Change::LetIn);
  }

  void cas_that_the_client_sends() {
    auto now = mapped("a");
    now.needs_cas = true;
    CPPUNIT_ASSERT(change(let_in("a"), now) == Change::Same);
    CPPUNIT_ASSERT(change(refused("certificate_not_verified"), now) == Change::CannotTell);
    auto fails = refused_now("handshake");
    CPPUNIT_ASSERT(change(let_in("a"), fails) == Change::Refused);
    fails.needs_cas = true;
    CPPUNIT_ASSERT(change(let_in("a"), fails) == Change::CannotTell);
    CPPUNIT_ASSERT(change(refused("certificate_not_verified"), fails) == Change::Same);
  }
};

}  // namespace

CPPUNIT_TEST_SUITE_REGISTRATION(CompareTest);
