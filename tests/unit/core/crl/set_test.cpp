#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "core/crl/judge.h"
#include "crl_images.h"

using namespace certmap;
using namespace certmap::test;

namespace {

constexpr const char* kLater = "260601000000Z";

class CrlSetTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CrlSetTest);
  CPPUNIT_TEST(latest_complete_crl_of_a_scope_counts);
  CPPUNIT_TEST(same_crl_twice_is_no_matter);
  CPPUNIT_TEST(of_one_second_the_higher_number_counts_else_both);
  CPPUNIT_TEST(scopes_keys_and_names_are_apart);
  CPPUNIT_TEST(delta_counts_from_its_base_to_below_its_number);
  CPPUNIT_TEST(delta_without_its_complete_crl_is_absent);
  CPPUNIT_TEST(numbers_of_deltas_are_compared_by_value);
  CPPUNIT_TEST(highest_of_several_deltas_counts);
  CPPUNIT_TEST(hold_is_revoked);
  CPPUNIT_TEST(remove_takes_back_a_hold);
  CPPUNIT_TEST(remove_takes_back_nothing_else);
  CPPUNIT_TEST(delta_adds_and_changes);
  CPPUNIT_TEST_SUITE_END();

  Images images_;

  bool has(const char* serial) const {
    for (const auto& source : images_.sources())
      if (source.find(serial)) return true;
    return false;
  }
  void add_delta(const std::string& entries, const char* base, const char* own) {
    images_.add(
        {.this_update = kLater, .entries = entries, .extensions = number(own) + delta_of(base)});
  }

 public:
  void latest_complete_crl_of_a_scope_counts() {
    const auto* later = images_.add({.this_update = kLater, .entries = crl_entry("b")});
    images_.add({.entries = crl_entry("a"), .extensions = number("\x09")});
    CPPUNIT_ASSERT(images_.sources().size() == 1 && images_.sources()[0].complete == later);
    CPPUNIT_ASSERT(has("b") && !has("a"));
  }

  void same_crl_twice_is_no_matter() {
    images_.add({.entries = crl_entry("a")});
    images_.add({.entries = crl_entry("a")});
    CPPUNIT_ASSERT(has("a") && !has("b"));
  }

  void of_one_second_the_higher_number_counts_else_both() {
    images_.add({.entries = crl_entry("a"), .extensions = number("\x01")});
    images_.add({.entries = crl_entry("b"), .extensions = number("\x02")});
    CPPUNIT_ASSERT(has("b") && !has("a"));
    images_.add({.entries = crl_entry("c"), .extensions = number("\x02")});
    CPPUNIT_ASSERT(has("b") && has("c"));
  }

  void scopes_keys_and_names_are_apart() {
    images_.add({.entries = crl_entry("a")});
    images_.add({.this_update = kLater, .extensions = scope_of(uri("http://a/1"))});
    images_.add({.this_update = kLater}, {"ca", "other key"});
    images_.add({.this_update = kLater}, {"other", "key"});
    CPPUNIT_ASSERT(images_.sources().size() == 4 && has("a"));
  }

  void delta_counts_from_its_base_to_below_its_number() {
    images_.add({.extensions = number("\x05")});
    const auto counts = [&](const char* base, const char* own) {
      Images images;
      images.add({.extensions = number("\x05")});
      images.add({.entries = crl_entry("a"), .extensions = number(own) + delta_of(base)});
      return images.sources()[0].delta != nullptr;
    };
    CPPUNIT_ASSERT(counts("\x05", "\x06") && counts("\x04", "\x09"));
    CPPUNIT_ASSERT(!counts("\x06", "\x09") && !counts("\x04", "\x05") && !counts("\x03", "\x04"));
  }

  void delta_without_its_complete_crl_is_absent() {
    add_delta(crl_entry("a"), "\x05", "\x06");
    CPPUNIT_ASSERT(images_.sources().empty());
    images_.add({});  // without a number
    images_.add({.extensions = number("\x05") + scope_of(uri("http://a/1"))});
    CPPUNIT_ASSERT(!has("a"));
  }

  void numbers_of_deltas_are_compared_by_value() {
    images_.add({.extensions = number(from_hex("00ff"))});
    images_.add({.entries = crl_entry("a"),
                 .extensions = number(from_hex("0100")) + delta_of(from_hex("7f"))});
    CPPUNIT_ASSERT(has("a"));
  }

  void highest_of_several_deltas_counts() {
    images_.add({.extensions = number("\x05")});
    add_delta(crl_entry("b"), "\x05", "\x07");
    add_delta(crl_entry("a"), "\x05", "\x06");
    CPPUNIT_ASSERT(has("b") && !has("a"));
  }

  void hold_is_revoked() {
    images_.add({.entries = crl_entry("a", reason(6))});
    CPPUNIT_ASSERT(images_.sources()[0].find("a")->entry.reason == kCertificateHold);
  }

  void remove_takes_back_a_hold() {
    images_.add({.entries = crl_entry("a", reason(6)), .extensions = number("\x05")});
    images_.add({.entries = crl_entry("a", reason(6)),
                 .extensions = number("\x05") + scope_of(uri("http://a/1"))});
    add_delta(crl_entry("a", reason(8)), "\x05", "\x06");
    for (const auto& source : images_.sources())
      CPPUNIT_ASSERT(source.find("a").has_value() == !source.complete->facts().scope.der.empty());
  }

  void remove_takes_back_nothing_else() {
    images_.add(
        {.entries = crl_entry("a", reason(1)) + crl_entry("b"), .extensions = number("\x05")});
    add_delta(crl_entry("a", reason(8)) + crl_entry("b", reason(8)) + crl_entry("c", reason(8)),
              "\x05", "\x06");
    CPPUNIT_ASSERT(has("a") && has("b") && !has("c"));
  }

  void delta_adds_and_changes() {
    images_.add({.entries = crl_entry("a", reason(6)), .extensions = number("\x05")});
    add_delta(crl_entry("a", reason(1)) + crl_entry("b"), "\x05", "\x06");
    const auto source = images_.sources()[0];
    CPPUNIT_ASSERT(source.find("a")->entry.reason == 1 && source.find("a")->crl == source.delta);
    CPPUNIT_ASSERT(source.find("b")->crl == source.delta);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CrlSetTest);

}  // namespace
