#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <cstddef>
#include <vector>

#include "ldap/directory/directory.h"

using namespace certmap;

namespace {

class ServersTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ServersTest);
  CPPUNIT_TEST(are_tried_in_order);
  CPPUNIT_TEST(one_that_failed_is_tried_last_for_a_while);
  CPPUNIT_TEST(then_one_caller_tries_it_for_the_others);
  CPPUNIT_TEST(one_that_answered_is_in_its_place_again);
  CPPUNIT_TEST(all_failed_are_tried_in_order);
  CPPUNIT_TEST_SUITE_END();

  using Numbers = std::vector<std::size_t>;

  const Servers::Clock::time_point now_ = Servers::Clock::now();
  const Servers::Clock::time_point later_ = now_ + Servers::kAvoided;
  Servers servers_{3};

 public:
  void are_tried_in_order() {
    CPPUNIT_ASSERT((servers_.order(now_) == Numbers{0, 1, 2}));
    CPPUNIT_ASSERT((servers_.order(now_) == Numbers{0, 1, 2}));
  }

  void one_that_failed_is_tried_last_for_a_while() {
    servers_.failed(0, now_);
    CPPUNIT_ASSERT((servers_.order(now_) == Numbers{1, 2, 0}));
    servers_.failed(1, now_);
    CPPUNIT_ASSERT((servers_.order(now_) == Numbers{2, 0, 1}));
    CPPUNIT_ASSERT((servers_.order(later_ - std::chrono::seconds(1)) == Numbers{2, 0, 1}));
  }

  void then_one_caller_tries_it_for_the_others() {
    servers_.failed(0, now_);
    CPPUNIT_ASSERT((servers_.order(later_) == Numbers{0, 1, 2}));
    CPPUNIT_ASSERT((servers_.order(later_) == Numbers{1, 2, 0}));
  }

  void one_that_answered_is_in_its_place_again() {
    servers_.failed(0, now_);
    servers_.answered(0);
    CPPUNIT_ASSERT((servers_.order(now_) == Numbers{0, 1, 2}));
  }

  void all_failed_are_tried_in_order() {
    for (const std::size_t server : {2, 0, 1}) servers_.failed(server, now_);
    CPPUNIT_ASSERT((servers_.order(now_) == Numbers{0, 1, 2}));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ServersTest);

}  // namespace
