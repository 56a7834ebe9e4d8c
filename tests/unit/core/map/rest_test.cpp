#include "core/map/rest.h"

#include <cppunit/extensions/HelperMacros.h>

#include <chrono>

using namespace certmap;
using namespace std::chrono_literals;

class MapRestTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(MapRestTest);
  CPPUNIT_TEST(waits_until_a_written_file_was_at_rest_for_a_second);
  CPPUNIT_TEST(never_takes_a_file_that_is_always_written);
  CPPUNIT_TEST(takes_a_renamed_file_at_once);
  CPPUNIT_TEST(waits_for_a_new_file_that_is_written_under_its_name);
  CPPUNIT_TEST(takes_one_that_is_replaced_again_and_again);
  CPPUNIT_TEST(knows_a_file_whose_inode_number_was_used_before);
  CPPUNIT_TEST(waits_for_a_vanished_file_to_come_back);
  CPPUNIT_TEST_SUITE_END();

  using Moment = MapRest::Moment;
  const MapStamp tried_{
      .device = 1, .inode = 10, .size = 5, .mtime = 100, .ctime = 100, .links = 1};
  Moment now_ = Moment(1000s);
  MapRest rest_;

  MapChange look(const MapStamp& file, std::chrono::milliseconds later = 200ms) {
    return rest_.look(file, tried_, now_ += later);
  }
  static MapStamp written(MapStamp file, std::uint64_t time) {
    file.mtime = file.ctime = time;
    ++file.size;
    return file;
  }
  static MapStamp another(std::uint64_t inode, std::uint64_t time) {
    return {.device = 1, .inode = inode, .size = 5, .mtime = time, .ctime = time, .links = 1};
  }

 public:
  void waits_until_a_written_file_was_at_rest_for_a_second() {
    CPPUNIT_ASSERT(look(tried_) == MapChange::None);
    auto file = written(tried_, 200);
    for (int i = 0; i < 5; ++i) CPPUNIT_ASSERT(look(file) == MapChange::Settling);
    CPPUNIT_ASSERT(!rest_.is_being_written());
    CPPUNIT_ASSERT(look(file) == MapChange::Ready);
  }

  void never_takes_a_file_that_is_always_written() {
    auto file = tried_;
    for (std::uint64_t i = 0; i < 1000; ++i)
      CPPUNIT_ASSERT(look(file = written(file, 200 + i), 999ms) == MapChange::Settling);
    CPPUNIT_ASSERT(rest_.is_being_written());
  }

  void takes_a_renamed_file_at_once() {
    auto file = another(11, 200);
    file.ctime = 201;
    CPPUNIT_ASSERT(look(file) == MapChange::Ready);
  }

  void waits_for_a_new_file_that_is_written_under_its_name() {
    auto file = another(11, 200);
    for (std::uint64_t i = 0; i < 1000; ++i)
      CPPUNIT_ASSERT(look(file = written(file, 200 + i)) == MapChange::Settling);
    CPPUNIT_ASSERT(look(file, 1s) == MapChange::Ready);
  }

  void takes_one_that_is_replaced_again_and_again() {
    int looks = 0;
    while (look(another(11 + looks, 200 + looks)) != MapChange::Ready)
      CPPUNIT_ASSERT(++looks * 200ms < 4s);
    CPPUNIT_ASSERT(looks * 200ms >= 2s);
  }

  void knows_a_file_whose_inode_number_was_used_before() {
    auto file = another(tried_.inode, 200);
    file.birth = 200;
    file.ctime = 201;
    CPPUNIT_ASSERT(look(file) == MapChange::Ready);
  }

  void waits_for_a_vanished_file_to_come_back() {
    MapStamp gone{.error = 2};
    CPPUNIT_ASSERT(look(gone) == MapChange::Settling);
    CPPUNIT_ASSERT(look(tried_) == MapChange::None);
    CPPUNIT_ASSERT(look(gone) == MapChange::Settling);
    CPPUNIT_ASSERT(look(gone, 1s) == MapChange::Ready);
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(MapRestTest);
