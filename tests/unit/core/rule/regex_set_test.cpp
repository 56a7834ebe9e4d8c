#include "core/rule/regex_set.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

using namespace certmap;

namespace {

using Rules = std::vector<std::size_t>;

constexpr std::int64_t kEnough = 1 << 23;

/// RE2 keeps its promise to match with the memory that sufficed for compiling, so far.
struct OutOfMemory : RegexSet {
  OutOfMemory() : RegexSet(kEnough) {}
  bool match(const std::string&, std::vector<int>&, RE2::Set::ErrorInfo& error) const override {
    error.kind = RE2::Set::kOutOfMemory;
    return false;
  }
};

class RegexSetTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(RegexSetTest);
  CPPUNIT_TEST(only_rules_whose_regex_matches_whole_are_hit);
  CPPUNIT_TEST(without_memory_to_match_every_rule_is_hit);
  CPPUNIT_TEST(without_memory_to_compile_every_rule_is_hit);
  CPPUNIT_TEST_SUITE_END();

  static Rules hits(RegexSet&& set, const std::string& text) {
    set.add("bob@.*", 7);
    set.add("[a-z]{1000}", 3);
    set.add("bo.*", 9);
    set.compile();
    Rules found = {1};
    set.add_hits(text, found);
    return found;
  }

 public:
  void only_rules_whose_regex_matches_whole_are_hit() {
    CPPUNIT_ASSERT((hits(RegexSet(kEnough), "bob@x") == Rules{1, 7, 9}));
    CPPUNIT_ASSERT((hits(RegexSet(kEnough), "a bob@x") == Rules{1}));
  }

  void without_memory_to_match_every_rule_is_hit() {
    CPPUNIT_ASSERT((hits(OutOfMemory(), "nobody") == Rules{1, 7, 3, 9}));
  }

  void without_memory_to_compile_every_rule_is_hit() {
    CPPUNIT_ASSERT((hits(RegexSet(1 << 14), "nobody") == Rules{1, 7, 3, 9}));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(RegexSetTest);

}  // namespace
