#include "ldap/lookup/lookups.h"

#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace certmap;
using namespace std::chrono_literals;

namespace {

using From = AnswerFrom;

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

Lookup hit_at(std::int64_t time, std::string account = "alice") {
  return {.found = true, .account = std::move(account), .time = time};
}
Lookup none_at(std::int64_t time) { return {.found = false, .time = time}; }

class LookupsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(LookupsTest);
  CPPUNIT_TEST(hit_is_remembered_for_its_time);
  CPPUNIT_TEST(none_is_remembered_for_its_own_time);
  CPPUNIT_TEST(time_counts_from_the_lookup);
  CPPUNIT_TEST(keys_are_apart);
  CPPUNIT_TEST(failures_are_not_remembered);
  CPPUNIT_TEST(failures_are_not_shared);
  CPPUNIT_TEST(time_to_live_of_zero_remembers_nothing);
  CPPUNIT_TEST(clock_set_back_is_noticed);
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
  CPPUNIT_TEST(callers_at_once_share_one_lookup);
  CPPUNIT_TEST(followers_share_a_failure);
  CPPUNIT_TEST(followers_do_not_wait_for_ever);
  CPPUNIT_TEST(exception_reaches_the_leader_and_frees_the_followers);
  CPPUNIT_TEST(key_works_again_after_an_exception);
  CPPUNIT_TEST(other_keys_do_not_wait);
  CPPUNIT_TEST(memory_is_bounded);
  CPPUNIT_TEST(oldest_lookups_give_way);
  CPPUNIT_TEST(large_lookups_are_bounded_too);
  CPPUNIT_TEST_SUITE_END();

  std::atomic<int> made_ = 0;
  Lookups lookups_;
  std::shared_ptr<Entries> entries_ = std::make_shared<Entries>();

  LookupResult find(Lookups& lookups, const std::string& key, std::int64_t now,
                    const Lookup& lookup) {
    return lookups.find(key, now, 1s, [&] {
      ++made_;
      return LookupResult{.lookup = lookup, .reason = Reason::Mapped, .detail = {}};
    });
  }
  LookupResult find(const std::string& key, std::int64_t now, const Lookup& lookup) {
    return find(lookups_, key, now, lookup);
  }
  /// Finds a hit that would be made now.
  From from(const std::string& key, std::int64_t now) { return find(key, now, hit_at(now)).from; }

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
  static LookupResult failure() {
    return {.lookup = std::nullopt, .reason = Reason::BackendUnavailable, .detail = "down"};
  }
  static bool is(From expected, From actual) { return expected == actual; }

  /// Runs `leader` for "key", and while it has not returned `followers` callers more.
  std::vector<LookupResult> crowd(int followers, std::chrono::milliseconds patience,
                                  const std::function<LookupResult()>& leader,
                                  bool expect_throw = false) {
    std::promise<void> running, go;
    std::thread first([&] {
      const auto slow = [&] {
        running.set_value();
        go.get_future().wait();
        return leader();
      };
      if (expect_throw)
        CPPUNIT_ASSERT_THROW(lookups_.find("key", 100, 1s, slow), std::runtime_error);
      else
        lookups_.find("key", 100, 1s, slow);
    });
    running.get_future().wait();
    std::vector<std::future<LookupResult>> waiting;
    for (int i = 0; i < followers; ++i)
      waiting.push_back(std::async(std::launch::async, [&] {
        return lookups_.find("key", 100, patience, [&] {
          ++made_;
          return failure();
        });
      }));
    std::this_thread::sleep_for(patience < 1s ? 5 * patience : 200ms);
    go.set_value();
    std::vector<LookupResult> answers;
    for (auto& answer : waiting) answers.push_back(answer.get());
    first.join();
    return answers;
  }

 public:
  void hit_is_remembered_for_its_time() {
    const auto first = find("key", 100, hit_at(100));
    CPPUNIT_ASSERT(is(From::Source, first.from));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{160}, first.valid_until);
    const auto second = find("key", 159, hit_at(159, "bob"));
    CPPUNIT_ASSERT(is(From::Process, second.from));
    CPPUNIT_ASSERT_EQUAL(std::string("alice"), second.lookup->account);
    CPPUNIT_ASSERT_EQUAL(std::int64_t{160}, second.valid_until);
    const auto third = find("key", 160, hit_at(160, "bob"));
    CPPUNIT_ASSERT(is(From::Source, third.from));
    CPPUNIT_ASSERT_EQUAL(std::string("bob"), third.lookup->account);
    CPPUNIT_ASSERT(is(From::Process, from("key", 161)));
  }

  void none_is_remembered_for_its_own_time() {
    CPPUNIT_ASSERT_EQUAL(std::int64_t{110}, find("key", 100, none_at(100)).valid_until);
    CPPUNIT_ASSERT(is(From::Process, from("key", 109)));
    CPPUNIT_ASSERT(is(From::Source, from("key", 110)));
  }

  void time_counts_from_the_lookup() {
    CPPUNIT_ASSERT_EQUAL(std::int64_t{163}, find("key", 100, hit_at(103)).valid_until);
  }

  void keys_are_apart() {
    find("key", 100, hit_at(100));
    CPPUNIT_ASSERT(is(From::Source, from("kez", 100)));
  }

  void failures_are_not_remembered() {
    const auto answer = lookups_.find("key", 100, 1s, failure);
    CPPUNIT_ASSERT(!answer.lookup && answer.detail == "down");
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, answer.valid_until);
    CPPUNIT_ASSERT(is(From::Source, from("key", 100)));
  }

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

  /// The directory's clock may be a second behind the request's.
  void store_is_not_given_what_is_over() {
    share(lookups_);
    lookups_.set_times({.hit = 1, .none = 1});
    find("key", 100, hit_at(99));
    CPPUNIT_ASSERT(entries_->data.empty());
  }

  void clock_set_back_is_noticed() {
    find("key", 100, hit_at(100));
    CPPUNIT_ASSERT(is(From::Source, from("key", 50)));
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

  void store_that_takes_nothing_does_no_harm() {
    entries_->broken = true;
    share(lookups_);
    CPPUNIT_ASSERT(is(From::Source, from("key", 100)));
    CPPUNIT_ASSERT(is(From::Process, from("key", 100)));
    CPPUNIT_ASSERT(is(From::Source, from_other_process("key", 100)));
  }

  void callers_at_once_share_one_lookup() {
    const auto answers =
        crowd(8, 20s, [] { return LookupResult{.lookup = hit_at(100), .reason = Reason::Mapped}; });
    CPPUNIT_ASSERT_EQUAL(0, made_.load());
    for (const auto& answer : answers) {
      CPPUNIT_ASSERT_EQUAL(std::string("alice"), answer.lookup->account);
      CPPUNIT_ASSERT(is(From::Process, answer.from));
      CPPUNIT_ASSERT_EQUAL(std::int64_t{160}, answer.valid_until);
    }
  }

  void followers_share_a_failure() {
    const auto answers = crowd(4, 20s, failure);
    CPPUNIT_ASSERT_EQUAL(0, made_.load());
    for (const auto& answer : answers) {
      CPPUNIT_ASSERT(!answer.lookup);
      CPPUNIT_ASSERT_EQUAL(std::string("down"), answer.detail);
    }
  }

  void followers_do_not_wait_for_ever() {
    const auto answers = crowd(2, 50ms, failure);
    CPPUNIT_ASSERT_EQUAL(0, made_.load());
    for (const auto& answer : answers) {
      CPPUNIT_ASSERT(!answer.lookup);
      CPPUNIT_ASSERT(answer.reason == Reason::BackendUnavailable);
      CPPUNIT_ASSERT(answer.detail.find("no answer yet") != std::string::npos);
    }
  }

  void exception_reaches_the_leader_and_frees_the_followers() {
    const auto answers = crowd(
        3, 20s, []() -> LookupResult { throw std::runtime_error("bug"); }, true);
    CPPUNIT_ASSERT_EQUAL(0, made_.load());
    for (const auto& answer : answers) {
      CPPUNIT_ASSERT(!answer.lookup);
      CPPUNIT_ASSERT(answer.reason == Reason::BackendUnavailable);
      CPPUNIT_ASSERT(answer.detail.find("failed") != std::string::npos);
    }
  }

  void key_works_again_after_an_exception() {
    CPPUNIT_ASSERT_THROW(
        lookups_.find("key", 100, 1s, []() -> LookupResult { throw std::runtime_error("bug"); }),
        std::runtime_error);
    CPPUNIT_ASSERT(is(From::Source, from("key", 100)));
  }

  void other_keys_do_not_wait() {
    crowd(0, 1s, [&] {
      CPPUNIT_ASSERT(is(From::Source, from("another", 100)));
      return failure();
    });
    CPPUNIT_ASSERT_EQUAL(1, made_.load());
  }

  void memory_is_bounded() {
    for (int i = 0; i <= 4096; ++i) from(std::to_string(i), 100);
    CPPUNIT_ASSERT(is(From::Process, from("4096", 101)));
    CPPUNIT_ASSERT(is(From::Process, from("1", 101)));
    CPPUNIT_ASSERT(is(From::Source, from("0", 101)));
  }

  void oldest_lookups_give_way() {
    from("0", 100);
    for (int i = 1; i < 4096; ++i) from(std::to_string(i), 150);
    from("0", 170);  // made anew, so it is the youngest
    from("4096", 170);
    CPPUNIT_ASSERT(is(From::Process, from("0", 170)));
    CPPUNIT_ASSERT(is(From::Source, from("1", 170)));
  }

  void large_lookups_are_bounded_too() {
    for (int i = 0; i < 20; ++i)
      find(std::to_string(i), 100, hit_at(100, std::string(1 << 20, 'a')));
    CPPUNIT_ASSERT(is(From::Process, from("19", 101)));
    CPPUNIT_ASSERT(is(From::Source, from("0", 101)));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LookupsTest);

}  // namespace
