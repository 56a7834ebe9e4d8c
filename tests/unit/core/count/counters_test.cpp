#include "core/count/counters.h"

#include <cppunit/extensions/HelperMacros.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

using namespace certmap;

namespace {

/// As httpd has it: shared, zeroed, not constructed.
template <typename T>
class Shared {
 public:
  Shared()
      : memory_(
            mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    CPPUNIT_ASSERT(memory_ != MAP_FAILED);
  }
  ~Shared() { munmap(memory_, sizeof(T)); }
  T* operator->() const { return static_cast<T*>(memory_); }
  T& operator*() const { return *static_cast<T*>(memory_); }

 private:
  void* memory_;
};

void in_children(int count, const std::function<void(int)>& work) {
  std::vector<pid_t> children;
  for (int i = 0; i < count; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      work(i);
      _exit(0);
    }
    children.push_back(child);
  }
  for (const auto child : children) CPPUNIT_ASSERT_EQUAL(child, waitpid(child, nullptr, 0));
}

class CountersTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CountersTest);
  CPPUNIT_TEST(counts_of_more_processes_than_shards_are_summed_up);
  CPPUNIT_TEST(a_process_that_is_killed_leaves_its_counts);
  CPPUNIT_TEST(neighbours_write_to_other_cache_lines);
  CPPUNIT_TEST(a_search_is_counted_in_the_bucket_that_it_fits);
  CPPUNIT_TEST(a_connection_is_counted_by_the_days_that_are_left);
  CPPUNIT_TEST(every_reason_is_an_outcome);
  CPPUNIT_TEST(a_name_keeps_its_number);
  CPPUNIT_TEST(names_that_look_the_same_are_told_apart);
  CPPUNIT_TEST(what_finds_no_room_shares_number_zero);
  CPPUNIT_TEST(a_text_is_read_as_it_was_written);
  CPPUNIT_TEST(a_long_text_is_cut_between_characters);
  CPPUNIT_TEST(a_text_that_many_write_is_one_of_theirs_or_empty);
  CPPUNIT_TEST_SUITE_END();

 public:
  void counts_of_more_processes_than_shards_are_summed_up() {
    const Shared<CounterMemory> memory;
    in_children(static_cast<int>(kShards) + 9, [&](int) {
      auto& shard = memory->join();
      for (int i = 0; i < 1000; ++i) add(shard.accepted);
    });
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1000 * (kShards + 9)},
                         memory->total([](const Shard& s) -> auto& { return s.accepted; }));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{kShards + 9}, memory->processes.load());
  }

  void a_process_that_is_killed_leaves_its_counts() {
    const Shared<CounterMemory> memory;
    in_children(1, [&](int) {
      add(memory->join().rules[7].remembered, 41);
      kill(getpid(), SIGKILL);
    });
    add(memory->join().rules[7].remembered);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{42}, memory->total([](const Shard& s) -> auto& {
      return s.rules[7].remembered;
    }));
  }

  void neighbours_write_to_other_cache_lines() {
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, sizeof(Shard) % 64);
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, offsetof(CounterMemory, shards) % 64);
  }

  void a_search_is_counted_in_the_bucket_that_it_fits() {
    const Shared<DirectoryCounts> counts;
    for (const std::uint64_t time :
         {1'000'000ull, 1'000'001ull, 5'000'000'000ull, 5'000'000'001ull})
      counts->add_search(time);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, counts->searches[0].load());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, counts->searches[1].load());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, counts->searches[kSearchSeconds.size() - 1].load());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, counts->searches[kSearchSeconds.size()].load());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{10'002'000'002}, counts->search_nanoseconds.load());
  }

  void a_connection_is_counted_by_the_days_that_are_left() {
    Shared<Shard> shard;
    for (const std::int64_t days : {0, 1, 2, 7, 90, 91, 3'000'000, -1}) shard->add_connection(days);
    constexpr std::array<std::uint64_t, kDaysLeft.size() + 1> kWanted = {3, 2, 0, 1, 2};
    for (std::size_t i = 0; i < kWanted.size(); ++i)
      CPPUNIT_ASSERT_EQUAL(kWanted[i], shard->connections[i].load());
  }

  void every_reason_is_an_outcome() {
    CPPUNIT_ASSERT(outcome_of(Reason::Mapped) == Outcome::Found);
    CPPUNIT_ASSERT(outcome_of(Reason::NoRuleMatched) == Outcome::None);
    CPPUNIT_ASSERT(outcome_of(Reason::BackendUnavailable) == Outcome::Failed);
    CPPUNIT_ASSERT(outcome_of(Reason::AmbiguousAccount) == Outcome::Refused);
  }

  void a_name_keeps_its_number() {
    const Shared<NameSlots<8>> slots;
    CPPUNIT_ASSERT_EQUAL(0u, slots->last());
    CPPUNIT_ASSERT_EQUAL(1u, slots->find_or_add("one", "main", "one"));
    CPPUNIT_ASSERT_EQUAL(2u, slots->find_or_add("two", "main", "two"));
    CPPUNIT_ASSERT_EQUAL(1u, slots->find_or_add("one", "main", "one"));
    CPPUNIT_ASSERT_EQUAL(2u, slots->last());
    CPPUNIT_ASSERT_EQUAL(std::string("main"), slots->name(2).scope);
    CPPUNIT_ASSERT_EQUAL(std::string("two"), slots->name(2).name);
  }

  void names_that_look_the_same_are_told_apart() {
    const Shared<NameSlots<8>> slots;
    const std::string lengthy(500, 'x');
    slots->find_or_add("a", "", "ldap://host");
    slots->find_or_add("b", "", "ldap://host");
    slots->find_or_add("c", "", lengthy + "c");
    slots->find_or_add("d", "", lengthy + "d");
    CPPUNIT_ASSERT_EQUAL(std::string("ldap://host (2)"), slots->name(2).name);
    CPPUNIT_ASSERT(slots->name(3).name != slots->name(4).name);
    CPPUNIT_ASSERT(slots->name(4).name.ends_with("x (2)"));
  }

  void what_finds_no_room_shares_number_zero() {
    const Shared<NameSlots<3>> slots;
    CPPUNIT_ASSERT_EQUAL(1u, slots->find_or_add("a", "", "a"));
    CPPUNIT_ASSERT_EQUAL(2u, slots->find_or_add("b", "", "b"));
    CPPUNIT_ASSERT_EQUAL(0u, slots->find_or_add("c", "", "c"));
    CPPUNIT_ASSERT_EQUAL(2u, slots->find_or_add("b", "", "b"));
    CPPUNIT_ASSERT_EQUAL(2u, slots->last());
  }

  void a_text_is_read_as_it_was_written() {
    const Shared<SharedText<16>> text;
    CPPUNIT_ASSERT_EQUAL(std::string(), text->get());
    text->set("sixteen octets.!");
    CPPUNIT_ASSERT_EQUAL(std::string("sixteen octets.!"), text->get());
    text->set("short");
    CPPUNIT_ASSERT_EQUAL(std::string("short"), text->get());
    text->set("");
    CPPUNIT_ASSERT_EQUAL(std::string(), text->get());
  }

  void a_long_text_is_cut_between_characters() {
    const Shared<SharedText<8>> text;
    text->set("1234567€");
    CPPUNIT_ASSERT_EQUAL(std::string("1234567"), text->get());
  }

  void a_text_that_many_write_is_one_of_theirs_or_empty() {
    const Shared<SharedText<64>> text;
    in_children(3, [&](int number) {
      const std::string mine(64, static_cast<char>('a' + number));
      for (int i = 0; i < 20000; ++i) {
        text->set(mine);
        const auto seen = text->get();
        if (!seen.empty() && seen != std::string(64, seen[0])) text->set("torn");
      }
    });
    CPPUNIT_ASSERT(text->get() != "torn");
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CountersTest);

}  // namespace
