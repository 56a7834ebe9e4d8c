#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "ldap/lookup/lookup.h"
#include "ldap/lookup/lookups.h"
#include "ldap/lookup/lookups_fixture.h"

using namespace certmap;
using namespace certmap::test;
using namespace std::chrono_literals;

namespace {

/// What processes share, as a map.
struct Entries {
  std::mutex mutex;
  std::map<std::string, std::string> data;
  std::int64_t seconds = 0;
  bool broken = false;
};

class MapCache : public SharedCache {
 public:
  explicit MapCache(std::shared_ptr<Entries> entries) : entries_(std::move(entries)) {}
  std::optional<std::string> get(const std::string& id) override {
    const std::lock_guard lock(entries_->mutex);
    const auto found = entries_->data.find(id);
    return found == entries_->data.end() ? std::nullopt : std::optional(found->second);
  }
  void put(const std::string& id, const std::string& data, std::int64_t seconds) override {
    const std::lock_guard lock(entries_->mutex);
    entries_->seconds = seconds;
    if (!entries_->broken) entries_->data[id] = data;
  }

 private:
  std::shared_ptr<Entries> entries_;
};

class LookupsSharedTest : public LookupsFixture {
  CPPUNIT_TEST_SUITE(LookupsSharedTest);
  CPPUNIT_TEST(failures_are_not_shared);
  CPPUNIT_TEST(time_to_live_of_zero_remembers_nothing);
  CPPUNIT_TEST(second_process_finds_what_is_shared);
  CPPUNIT_TEST(shared_lookup_has_its_first_time);
  CPPUNIT_TEST(shared_lookup_that_is_old_is_ignored);
  CPPUNIT_TEST(shared_none_that_is_old_is_ignored);
  CPPUNIT_TEST(the_readers_time_counts);
  CPPUNIT_TEST(shared_lookup_from_the_future_is_ignored);
  CPPUNIT_TEST(entry_of_another_key_is_ignored);
  CPPUNIT_TEST(entry_of_another_secret_is_ignored);
  CPPUNIT_TEST(changed_entry_is_ignored_and_replaced);
  CPPUNIT_TEST(store_is_told_how_long);
  CPPUNIT_TEST(store_is_not_given_what_is_over);
  CPPUNIT_TEST(store_that_takes_nothing_does_no_harm);
  CPPUNIT_TEST_SUITE_END();

  std::shared_ptr<Entries> entries_ = std::make_shared<Entries>();

  void share(Lookups& lookups, char secret = 's') {
    lookups.share(std::make_unique<MapCache>(entries_), Seal(std::string(32, secret)));
  }
  From from_other_process(const std::string& key, std::int64_t now, LookupTimes times = {},
                          char secret = 's') {
    Lookups other;
    other.set_times(times);
    share(other, secret);
    return find(other, key, now, hit_at(now)).from;
  }

 public:
  void failures_are_not_shared() {
    share(lookups_);
    lookups_.find("key", 100, 1s, failure);
    CPPUNIT_ASSERT(entries_->data.empty());
  }

  void time_to_live_of_zero_remembers_nothing() {
    share(lookups_);
    lookups_.set_times({.hit = 0, .none = 0});
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, find("key", 100, hit_at(100)).valid_until);
    CPPUNIT_ASSERT(is(From::Source, from("key", 100)));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, find("none", 100, none_at(100)).valid_until);
    CPPUNIT_ASSERT(entries_->data.empty());
  }

  void second_process_finds_what_is_shared() {
    share(lookups_);
    find("key", 100, hit_at(100, "alice"));
    Lookups other;
    share(other);
    const auto answer = find(other, "key", 101, hit_at(101, "bob"));
    CPPUNIT_ASSERT(is(From::Shared, answer.from));
    CPPUNIT_ASSERT_EQUAL(std::string("alice"), answer.lookup->account);
    CPPUNIT_ASSERT(is(From::Process, find(other, "key", 101, hit_at(101)).from));
    CPPUNIT_ASSERT_EQUAL(1, made_.load());
  }

  void shared_lookup_has_its_first_time() {
    share(lookups_);
    find("key", 100, hit_at(100));
    Lookups other;
    share(other);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{160}, find(other, "key", 150, hit_at(150)).valid_until);
    CPPUNIT_ASSERT(is(From::Source, find(other, "key", 160, hit_at(160)).from));
  }

  void shared_lookup_that_is_old_is_ignored() {
    share(lookups_);
    find("key", 100, hit_at(100));
    CPPUNIT_ASSERT(is(From::Shared, from_other_process("key", 159)));
    CPPUNIT_ASSERT(is(From::Source, from_other_process("key", 160)));
  }

  void shared_none_that_is_old_is_ignored() {
    share(lookups_);
    find("key", 100, none_at(100));
    CPPUNIT_ASSERT(is(From::Shared, from_other_process("key", 109)));
    CPPUNIT_ASSERT(is(From::Source, from_other_process("key", 110)));
  }

  void the_readers_time_counts() {
    share(lookups_);
    find("key", 100, hit_at(100));
    CPPUNIT_ASSERT(is(From::Source, from_other_process("key", 105, {.hit = 5})));
  }

  void shared_lookup_from_the_future_is_ignored() {
    share(lookups_);
    find("key", 100, hit_at(100));
    CPPUNIT_ASSERT(is(From::Source, from_other_process("key", 99)));
  }

  void entry_of_another_key_is_ignored() {
    share(lookups_);
    find("key", 100, hit_at(100));
    const Seal seal(std::string(32, 's'));
    entries_->data[seal.id("mallory")] = entries_->data[seal.id("key")];
    CPPUNIT_ASSERT(is(From::Source, from_other_process("mallory", 100)));
  }

  void entry_of_another_secret_is_ignored() {
    share(lookups_);
    find("key", 100, hit_at(100));
    entries_->data[Seal(std::string(32, 't')).id("key")] = entries_->data.begin()->second;
    CPPUNIT_ASSERT(is(From::Source, from_other_process("key", 100, {}, 't')));
  }

  void changed_entry_is_ignored_and_replaced() {
    share(lookups_);
    find("key", 100, hit_at(100));
    entries_->data.begin()->second.back() ^= 1;
    CPPUNIT_ASSERT(is(From::Source, from_other_process("key", 100)));
    CPPUNIT_ASSERT(is(From::Shared, from_other_process("key", 100)));
  }

  void store_is_told_how_long() {
    share(lookups_);
    find("key", 100, hit_at(100));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{60}, entries_->seconds);
    find("none", 100, none_at(100));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{10}, entries_->seconds);
  }

  /// The directory's clock may be a second behind the request's.
  void store_is_not_given_what_is_over() {
    share(lookups_);
    lookups_.set_times({.hit = 1, .none = 1});
    find("key", 100, hit_at(99));
    CPPUNIT_ASSERT(entries_->data.empty());
  }

  void store_that_takes_nothing_does_no_harm() {
    entries_->broken = true;
    share(lookups_);
    CPPUNIT_ASSERT(is(From::Source, from("key", 100)));
    CPPUNIT_ASSERT(is(From::Process, from("key", 100)));
    CPPUNIT_ASSERT(is(From::Source, from_other_process("key", 100)));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LookupsSharedTest);

}  // namespace
