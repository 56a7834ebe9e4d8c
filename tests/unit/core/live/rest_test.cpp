#include <cppunit/extensions/HelperMacros.h>

#include <chrono>

#include "core/live/stamp.h"

using namespace certmap;
using namespace std::chrono_literals;

class MapRestTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(MapRestTest);
  CPPUNIT_TEST(waits_until_a_written_file_was_at_rest_for_a_second);
  CPPUNIT_TEST(never_takes_a_file_that_is_always_written);
  CPPUNIT_TEST(takes_a_file_that_was_at_rest_before_its_rename_at_once);
  CPPUNIT_TEST(waits_for_a_new_file_whose_mode_or_times_were_set);
  CPPUNIT_TEST(waits_for_a_new_file_that_is_written_under_its_name);
  CPPUNIT_TEST(takes_one_that_is_replaced_again_and_again);
  CPPUNIT_TEST(has_no_patience_left_over_from_one_writing_to_the_next);
  CPPUNIT_TEST(knows_a_file_whose_inode_number_was_used_before);
  CPPUNIT_TEST(waits_for_a_vanished_file_to_come_back);
  CPPUNIT_TEST_SUITE_END();

  using Moment = FileRest::Moment;
  const FileStamp tried_{
      .device = 1, .inode = 10, .size = 5, .mtime = 100, .ctime = 100, .links = 1};
  Moment now_ = Moment(1000s);
  FileRest rest_;

  FileChange look(const FileStamp& file, std::chrono::milliseconds later = 200ms) {
    return rest_.look(file, tried_, now_ += later);
  }
  static FileStamp written(FileStamp file, std::uint64_t time) {
    file.mtime = file.ctime = time;
    ++file.size;
    return file;
  }
  static FileStamp another(std::uint64_t inode, std::uint64_t time) {
    return {.device = 1, .inode = inode, .size = 5, .mtime = time, .ctime = time, .links = 1};
  }
  /// A second after its last change.
  static FileStamp renamed(std::uint64_t inode) {
    auto file = another(inode, 200);
    file.birth = 200;
    file.ctime = 1'000'000'200;
    return file;
  }

 public:
  void waits_until_a_written_file_was_at_rest_for_a_second() {
    CPPUNIT_ASSERT(look(tried_) == FileChange::None);
    auto file = written(tried_, 200);
    for (int i = 0; i < 5; ++i) CPPUNIT_ASSERT(look(file) == FileChange::Settling);
    CPPUNIT_ASSERT(!rest_.is_being_written());
    CPPUNIT_ASSERT(look(file) == FileChange::Ready);
  }

  void never_takes_a_file_that_is_always_written() {
    auto file = tried_;
    for (std::uint64_t i = 0; i < 1000; ++i)
      CPPUNIT_ASSERT(look(file = written(file, 200 + i), 999ms) == FileChange::Settling);
    CPPUNIT_ASSERT(rest_.is_being_written());
  }

  void takes_a_file_that_was_at_rest_before_its_rename_at_once() {
    CPPUNIT_ASSERT(look(renamed(11)) == FileChange::Ready);
  }

  void waits_for_a_new_file_whose_mode_or_times_were_set() {
    auto file = another(11, 200);
    file.birth = 200;
    file.ctime = 999'999'999;
    CPPUNIT_ASSERT(look(file) == FileChange::Settling);
    file.birth = file.ctime = 5'000'000'000;  // with the times of another file
    CPPUNIT_ASSERT(look(file) == FileChange::Settling);
    file.birth = 0;
    CPPUNIT_ASSERT(look(file) == FileChange::Settling);
    CPPUNIT_ASSERT(look(file, 1s) == FileChange::Ready);
  }

  void waits_for_a_new_file_that_is_written_under_its_name() {
    auto file = another(11, 200);
    for (std::uint64_t i = 0; i < 1000; ++i)
      CPPUNIT_ASSERT(look(file = written(file, 200 + i)) == FileChange::Settling);
    CPPUNIT_ASSERT(look(file, 1s) == FileChange::Ready);
  }

  void takes_one_that_is_replaced_again_and_again() {
    int looks = 0;
    while (look(another(11 + looks, 200 + looks)) != FileChange::Ready)
      CPPUNIT_ASSERT(++looks * 200ms < 4s);
    CPPUNIT_ASSERT(looks * 200ms >= 2s);
  }

  void has_no_patience_left_over_from_one_writing_to_the_next() {
    for (std::uint64_t inode = 11; inode < 20; ++inode) {
      auto file = another(inode, 200);
      for (std::uint64_t i = 0; i < 13; ++i)
        CPPUNIT_ASSERT(look(file = written(file, 200 + i), 250ms) == FileChange::Settling);
    }
  }

  void knows_a_file_whose_inode_number_was_used_before() {
    CPPUNIT_ASSERT(look(renamed(tried_.inode)) == FileChange::Ready);
  }

  void waits_for_a_vanished_file_to_come_back() {
    FileStamp gone{.error = 2};
    CPPUNIT_ASSERT(look(gone) == FileChange::Settling);
    CPPUNIT_ASSERT(look(tried_) == FileChange::None);
    CPPUNIT_ASSERT(look(gone) == FileChange::Settling);
    CPPUNIT_ASSERT(look(gone, 1s) == FileChange::Ready);
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(MapRestTest);
