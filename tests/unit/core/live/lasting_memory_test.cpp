#include <cppunit/extensions/HelperMacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "core/live/memory.h"
#include "core/map/map_file.h"
#include "map_on_disk.h"

using namespace certmap;
using namespace certmap::test;

class LastingMemoryTest : public MapOnDisk {
  CPPUNIT_TEST_SUITE(LastingMemoryTest);
  CPPUNIT_TEST(keeps_its_image_over_a_restart);
  CPPUNIT_TEST(builds_anew_over_a_restart_and_keeps_the_generation);
  CPPUNIT_TEST(takes_the_last_good_state_over_a_restart_where_the_file_is_bad);
  CPPUNIT_TEST(does_not_wait_for_who_holds_the_lock_over_a_restart);
  CPPUNIT_TEST_SUITE_END();

 public:
  void keeps_its_image_over_a_restart() {
    Map map(path_);
    map.load();
    MapFile unchanged(path_, geteuid(), map.memfd());
    CPPUNIT_ASSERT_EQUAL(map.memfd(), unchanged.memfd());
    CPPUNIT_ASSERT(!unchanged.load().changed);
    CPPUNIT_ASSERT_EQUAL(std::string("alice"), account(unchanged.image(), "a"));
    write("dns:a");
    MapFile bad(path_, geteuid(), map.memfd());
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, bad.load().errors.size());
    CPPUNIT_ASSERT_EQUAL(std::string("alice"), account(bad.image(), "a"));
  }

  void builds_anew_over_a_restart_and_keeps_the_generation() {
    MapFile before(path_, geteuid());
    before.load();
    write("dns:a bob");
    before.load();
    auto after = std::make_shared<MapFile>(path_, geteuid(), before.memfd(), true);
    auto load = after->load();
    CPPUNIT_ASSERT(!load.changed && !load.news && load.errors.empty());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, after->generation());
    CPPUNIT_ASSERT_EQUAL(std::string("bob"), account(after->image(), "a"));
    close(after->memfd());
  }

  void takes_the_last_good_state_over_a_restart_where_the_file_is_bad() {
    MapFile before(path_, geteuid());
    before.load();
    write("dns:a");
    const int kept = dup(before.memfd());
    auto after = std::make_shared<MapFile>(path_, geteuid(), before.memfd(), true);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, after->load().errors.size());
    CPPUNIT_ASSERT_EQUAL(std::string("alice"), account(after->image(), "a"));
    CPPUNIT_ASSERT(kept != after->memfd());
    close(kept);
    close(after->memfd());
  }

  void does_not_wait_for_who_holds_the_lock_over_a_restart() {
    MapFile before(path_, geteuid());
    before.load();
    Signal locked, done;
    pid_t child = fork();
    if (child == 0) {
      BuildLock lock(before.memfd());
      locked.give();
      _exit(done.await() ? 0 : 1);
    }
    locked.await();
    write("dns:a bob");
    auto after = std::make_shared<MapFile>(path_, geteuid(), before.memfd(), true);
    CPPUNIT_ASSERT(after->load().changed);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, after->generation());
    done.give();
    waitpid(child, nullptr, 0);
    close(after->memfd());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(LastingMemoryTest);
