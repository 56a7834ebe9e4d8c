#include "ldap/directory/health.h"

#include <cppunit/extensions/HelperMacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

using namespace certmap;

namespace {

class HealthTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(HealthTest);
  CPPUNIT_TEST(is_up_at_first);
  CPPUNIT_TEST(only_a_change_is_told);
  CPPUNIT_TEST(one_that_comes_and_goes_is_told_of_now_and_then);
  CPPUNIT_TEST(one_caller_looks_whether_it_is_still_down);
  CPPUNIT_TEST(is_shared_with_a_child);
  CPPUNIT_TEST(is_as_the_one_before_it_left_it);
  CPPUNIT_TEST_SUITE_END();

 public:
  void is_up_at_first() {
    Health health;
    CPPUNIT_ASSERT(health.is_up());
    CPPUNIT_ASSERT(!health.set(true));
  }

  void only_a_change_is_told() {
    Health health;
    CPPUNIT_ASSERT(health.set(false));
    CPPUNIT_ASSERT(!health.set(false));
    CPPUNIT_ASSERT(!health.is_up());
    CPPUNIT_ASSERT(health.set(true));
    CPPUNIT_ASSERT(health.is_up());
  }

  void one_that_comes_and_goes_is_told_of_now_and_then() {
    Health health;
    const auto start = std::chrono::steady_clock::now();
    CPPUNIT_ASSERT(health.set(false, start));
    CPPUNIT_ASSERT(health.set(true, start));
    CPPUNIT_ASSERT(!health.set(false, start + Health::kRest - std::chrono::seconds(1)));
    CPPUNIT_ASSERT(health.is_up());
    CPPUNIT_ASSERT(health.set(false, start + Health::kRest));
  }

  void one_caller_looks_whether_it_is_still_down() {
    Health health;
    const auto start = std::chrono::steady_clock::now();
    const auto next = start + Health::kRest;
    CPPUNIT_ASSERT(!health.is_turn(next));
    CPPUNIT_ASSERT(health.set(false, start));
    CPPUNIT_ASSERT(!health.is_turn(next - std::chrono::seconds(1)));
    CPPUNIT_ASSERT(health.is_turn(next));
    CPPUNIT_ASSERT(!health.is_turn(next));
    CPPUNIT_ASSERT(health.is_turn(next + Health::kRest));
    CPPUNIT_ASSERT(health.set(true, next));
    CPPUNIT_ASSERT(!health.is_turn(next + 3 * Health::kRest));
  }

  void is_shared_with_a_child() {
    Health health;
    const pid_t child = fork();
    if (child == 0) _exit(health.set(false) ? 7 : 8);
    int status = 0;
    CPPUNIT_ASSERT_EQUAL(child, waitpid(child, &status, 0));
    CPPUNIT_ASSERT_EQUAL(7, WEXITSTATUS(status));
    CPPUNIT_ASSERT(!health.is_up());
    CPPUNIT_ASSERT(!health.set(false));
  }

  void is_as_the_one_before_it_left_it() {
    HealthWord word{};
    {
      Health before;
      before.keep_in(word);
      CPPUNIT_ASSERT(before.set(false));
    }
    Health after;
    after.keep_in(word);
    CPPUNIT_ASSERT(!after.is_up());
    CPPUNIT_ASSERT(!after.set(false));
    CPPUNIT_ASSERT(after.set(true));
    CPPUNIT_ASSERT(Health().is_up());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(HealthTest);

}  // namespace
