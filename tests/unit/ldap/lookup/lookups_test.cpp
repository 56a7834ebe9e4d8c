#include "ldap/lookup/lookups.h"

#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "ldap/lookup/lookups_fixture.h"

using namespace certmap;
using namespace certmap::test;
using namespace std::chrono_literals;

namespace {

class LookupsTest : public LookupsFixture {
  CPPUNIT_TEST_SUITE(LookupsTest);
  CPPUNIT_TEST(hit_is_remembered_for_its_time);
  CPPUNIT_TEST(none_is_remembered_for_its_own_time);
  CPPUNIT_TEST(time_counts_from_the_lookup);
  CPPUNIT_TEST(keys_are_apart);
  CPPUNIT_TEST(failures_are_not_remembered);
  CPPUNIT_TEST(clock_set_back_is_noticed);
  CPPUNIT_TEST(callers_at_once_share_one_lookup);
  CPPUNIT_TEST(followers_share_a_failure);
  CPPUNIT_TEST(followers_do_not_wait_for_ever);
  CPPUNIT_TEST(exception_reaches_the_leader_and_frees_the_followers);
  CPPUNIT_TEST(key_works_again_after_an_exception);
  CPPUNIT_TEST(other_keys_do_not_wait);
  CPPUNIT_TEST(nobody_waits_for_a_trial);
  CPPUNIT_TEST(a_trial_ends_no_wait_of_others);
  CPPUNIT_TEST(memory_is_bounded);
  CPPUNIT_TEST(oldest_lookups_give_way);
  CPPUNIT_TEST(large_lookups_are_bounded_too);
  CPPUNIT_TEST_SUITE_END();

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

  void clock_set_back_is_noticed() {
    find("key", 100, hit_at(100));
    CPPUNIT_ASSERT(is(From::Source, from("key", 50)));
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

  void nobody_waits_for_a_trial() {
    const auto slow = [&] {
      CPPUNIT_ASSERT(is(From::Source, from("key", 100)));
      return failure();
    };
    CPPUNIT_ASSERT(!lookups_.find("key", 100, 1s, slow, true).lookup);
    CPPUNIT_ASSERT(is(From::Process, from("key", 100)));
  }

  void a_trial_ends_no_wait_of_others() {
    const auto slow = [&] {
      lookups_.find("key", 100, 1s, failure, true);
      const auto other = lookups_.find("key", 100, 50ms, [&] {
        ++made_;
        return failure();
      });
      CPPUNIT_ASSERT(other.detail.find("no answer yet") != std::string::npos);
      return failure();
    };
    lookups_.find("key", 100, 1s, slow);
    CPPUNIT_ASSERT_EQUAL(0, made_.load());
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
