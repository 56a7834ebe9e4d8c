#include "ldap/lookup/lookup.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

using namespace certmap;

namespace {

class LookupTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(LookupTest);
  CPPUNIT_TEST(hit_comes_back_as_it_was);
  CPPUNIT_TEST(none_comes_back_as_it_was);
  CPPUNIT_TEST(any_octets_may_stand_in_a_text);
  CPPUNIT_TEST(none_has_room_for_nothing_else);
  CPPUNIT_TEST(layout_is_as_documented);
  CPPUNIT_TEST(no_shorter_text_is_one);
  CPPUNIT_TEST(nothing_may_follow);
  CPPUNIT_TEST(other_versions_are_not_read);
  CPPUNIT_TEST(found_is_yes_or_no);
  CPPUNIT_TEST(times_before_1970_are_not_read);
  CPPUNIT_TEST(there_is_one_text_for_each_lookup);
  CPPUNIT_TEST(false_counts_and_lengths_ask_for_no_memory);
  CPPUNIT_TEST_SUITE_END();

  static Lookup hit() {
    return {.found = true,
            .account = "alice",
            .groups = {"admins", "", "dev"},
            .attributes = {{"DISPLAYNAME", {"Alice Doe"}}, {"MAIL", {"a@example", "b@example"}}},
            .time = 1'800'000'000};
  }

 public:
  void hit_comes_back_as_it_was() {
    CPPUNIT_ASSERT(parse_lookup(serialize(hit())) == std::optional(hit()));
  }

  void none_comes_back_as_it_was() {
    const Lookup none{.found = false, .time = 5'000'000'000};
    CPPUNIT_ASSERT(parse_lookup(serialize(none)) == std::optional(none));
  }

  void any_octets_may_stand_in_a_text() {
    auto lookup = hit();
    lookup.account = std::string("a\0b\n\xff;", 6);
    CPPUNIT_ASSERT(parse_lookup(serialize(lookup)) == std::optional(lookup));
  }

  void none_has_room_for_nothing_else() {
    auto lookup = hit();
    lookup.found = false;
    CPPUNIT_ASSERT(parse_lookup(serialize(lookup)) ==
                   std::optional(Lookup{.found = false, .time = lookup.time}));
  }

  void layout_is_as_documented() {
    const Lookup lookup{.found = true, .account = "al", .groups = {"g"}, .time = 258};
    const std::string expected(
        "\x86\x02\xf5"
        "\x19\x01\x02"
        "\x62"
        "al"
        "\x81\x61"
        "g"
        "\x80");
    CPPUNIT_ASSERT_EQUAL(expected, serialize(lookup));
  }

  void no_shorter_text_is_one() {
    const auto whole = serialize(hit());
    for (std::size_t length = 0; length < whole.size(); ++length)
      CPPUNIT_ASSERT_MESSAGE(std::to_string(length),
                             !parse_lookup(std::string_view(whole).substr(0, length)));
  }

  void nothing_may_follow() {
    CPPUNIT_ASSERT(!parse_lookup(serialize(hit()) + '\0'));
    CPPUNIT_ASSERT(!parse_lookup(serialize(Lookup()) + '\0'));
  }

  void other_versions_are_not_read() {
    auto octets = serialize(hit());
    octets[1] = 1;
    CPPUNIT_ASSERT(!parse_lookup(octets));
  }

  void found_is_yes_or_no() {
    auto octets = serialize(Lookup());
    octets[2] = 2;
    CPPUNIT_ASSERT(!parse_lookup(octets));
  }

  void times_before_1970_are_not_read() {
    CPPUNIT_ASSERT(!parse_lookup(serialize({.found = false, .time = -1})));
  }

  void there_is_one_text_for_each_lookup() {
    const auto whole = serialize(hit());
    int read = 0;
    for (std::size_t at = 0; at < whole.size(); ++at)
      for (int octet = 0; octet < 256; ++octet) {
        auto changed = whole;
        changed[at] = static_cast<char>(octet);
        if (const auto lookup = parse_lookup(changed)) {
          ++read;
          CPPUNIT_ASSERT_EQUAL(changed, serialize(*lookup));
        }
      }
    CPPUNIT_ASSERT(read > 1000);  // letters of the texts, and the time
  }

  void false_counts_and_lengths_ask_for_no_memory() {
    const auto octets = serialize({.found = true, .time = 0});
    for (const auto* head :
         {"\x7a", "\x7b", "\x9a", "\x9b"})      // a text or a list, of so many octets
      for (const std::size_t at : {4, 5, 6}) {  // account, groups, attributes
        const auto huge = head + std::string(8, '\x7f');
        CPPUNIT_ASSERT(!parse_lookup(std::string(octets).replace(at, 1, huge)));
        CPPUNIT_ASSERT(!parse_lookup(octets.substr(0, at) + huge));
      }
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LookupTest);

}  // namespace
