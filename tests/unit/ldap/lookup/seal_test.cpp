#include <cppunit/extensions/HelperMacros.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "ldap/lookup/lookup.h"

using namespace certmap;

namespace {

class SealTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SealTest);
  CPPUNIT_TEST(opens_what_it_sealed);
  CPPUNIT_TEST(servers_with_one_secret_read_each_other);
  CPPUNIT_TEST(another_secret_opens_nothing);
  CPPUNIT_TEST(another_key_opens_nothing);
  CPPUNIT_TEST(one_changed_bit_anywhere_opens_nothing);
  CPPUNIT_TEST(truncated_or_longer_opens_nothing);
  CPPUNIT_TEST(hit_and_none_cannot_be_swapped);
  CPPUNIT_TEST(the_same_is_never_sealed_alike);
  CPPUNIT_TEST(nothing_of_the_lookup_can_be_read);
  CPPUNIT_TEST(id_is_32_octets_by_key_and_secret);
  CPPUNIT_TEST(random_secrets_differ);
  CPPUNIT_TEST_SUITE_END();

  const Seal seal_{std::string(32, 's')};
  const Lookup hit_{.found = true, .account = "alice", .groups = {"admins"}, .time = 1000};
  const Lookup none_{.found = false, .time = 1000};

 public:
  void opens_what_it_sealed() {
    CPPUNIT_ASSERT(seal_.open("key", seal_.seal("key", hit_)) == std::optional(hit_));
    CPPUNIT_ASSERT(seal_.open("key", seal_.seal("key", none_)) == std::optional(none_));
  }

  void servers_with_one_secret_read_each_other() {
    const Seal other{std::string(32, 's')};
    CPPUNIT_ASSERT_EQUAL(seal_.id("key"), other.id("key"));
    CPPUNIT_ASSERT(other.open("key", seal_.seal("key", hit_)) == std::optional(hit_));
  }

  void another_secret_opens_nothing() {
    const Seal other{std::string(31, 's') + 't'};
    CPPUNIT_ASSERT(!other.open("key", seal_.seal("key", hit_)));
  }

  void another_key_opens_nothing() {
    const auto sealed = seal_.seal("key", hit_);
    CPPUNIT_ASSERT(!seal_.open("kez", sealed));
    CPPUNIT_ASSERT(!seal_.open("key ", sealed));
    CPPUNIT_ASSERT(!seal_.open("", sealed));
  }

  void one_changed_bit_anywhere_opens_nothing() {
    const auto sealed = seal_.seal("key", hit_);
    for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
      auto changed = sealed;
      changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
      CPPUNIT_ASSERT_MESSAGE(std::to_string(bit), !seal_.open("key", changed));
    }
  }

  void truncated_or_longer_opens_nothing() {
    const auto sealed = seal_.seal("key", hit_);
    for (std::size_t length = 0; length < sealed.size(); ++length)
      CPPUNIT_ASSERT(!seal_.open("key", std::string_view(sealed).substr(0, length)));
    CPPUNIT_ASSERT(!seal_.open("key", sealed + '\0'));
  }

  void hit_and_none_cannot_be_swapped() {
    const auto hit = seal_.seal("key", hit_), none = seal_.seal("key", none_);
    CPPUNIT_ASSERT(!seal_.open("key", hit.substr(0, 13) + none.substr(13)));
    CPPUNIT_ASSERT(!seal_.open("key", none.substr(0, 13) + hit.substr(13)));
  }

  void the_same_is_never_sealed_alike() {
    CPPUNIT_ASSERT(seal_.seal("key", hit_) != seal_.seal("key", hit_));
  }

  void nothing_of_the_lookup_can_be_read() {
    const auto sealed = seal_.seal("the-key", hit_);
    for (const char* text : {"alice", "admins", "the-key"})
      CPPUNIT_ASSERT(sealed.find(text) == sealed.npos);
  }

  void id_is_32_octets_by_key_and_secret() {
    CPPUNIT_ASSERT_EQUAL(std::size_t{32}, seal_.id("key").size());
    CPPUNIT_ASSERT(seal_.id("key") != seal_.id("kez"));
    CPPUNIT_ASSERT(seal_.id("key") != Seal(std::string(32, 't')).id("key"));
  }

  void random_secrets_differ() {
    CPPUNIT_ASSERT(Seal::random().id("key") != Seal::random().id("key"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SealTest);

}  // namespace
