#include "core/live/memory.h"

#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <functional>
#include <string>

#include "core/live/descriptor.h"
#include "core/map/map_file.h"
#include "map_on_disk.h"

using namespace certmap;
using namespace certmap::test;

namespace {

/// True where `check` holds in a child of this process.
bool holds_in_child(const std::function<bool()>& check) {
  pid_t child = fork();
  if (child == 0) _exit(check() ? 0 : 1);
  int status = -1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

class ImageMemoryTest : public MapOnDisk {
  CPPUNIT_TEST_SUITE(ImageMemoryTest);
  CPPUNIT_TEST(makes_new_memory_for_a_descriptor_that_is_not_ours);
  CPPUNIT_TEST(shows_a_new_image_to_a_process_that_already_runs);
  CPPUNIT_TEST(lets_a_child_build_for_its_parent);
  CPPUNIT_TEST(keeps_an_image_as_long_as_this_process_reads_it);
  CPPUNIT_TEST(keeps_an_image_as_long_as_another_process_reads_it);
  CPPUNIT_TEST(gives_a_long_read_image_back_when_it_is_let_go);
  CPPUNIT_TEST(gives_the_space_of_old_images_back);
  CPPUNIT_TEST(builds_in_one_process_at_a_time);
  CPPUNIT_TEST(reports_that_memory_is_short);
  CPPUNIT_TEST_SUITE_END();

  static blkcnt_t octets_in_use(const MapFile& map) {
    struct stat status {};
    fstat(map.memfd(), &status);
    return status.st_blocks * 512;
  }

 public:
  void makes_new_memory_for_a_descriptor_that_is_not_ours() {
    Descriptor plain(memfd_create("other", MFD_CLOEXEC));
    Descriptor other(memfd_create("other", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    CPPUNIT_ASSERT_EQUAL(0, ftruncate(other.get(), 1 << 20));
    fcntl(other.get(), F_ADD_SEALS, F_SEAL_SHRINK);
    for (int descriptor : {plain.get(), other.get()}) {
      MapFile map(path_, geteuid(), descriptor);
      Descriptor made(map.memfd());
      CPPUNIT_ASSERT(descriptor != map.memfd());
      CPPUNIT_ASSERT(fcntl(descriptor, F_GETFD) >= 0);
      CPPUNIT_ASSERT(map.load().changed);
    }
  }

  void shows_a_new_image_to_a_process_that_already_runs() {
    Map map(path_);
    map.load();
    Signal swapped;
    pid_t child = fork();
    if (child == 0) {
      bool before = account(map.image(), "a") == "alice";
      bool after = swapped.await() && map.generation() == 2 && account(map.image(), "a") == "bob";
      _exit(before && after ? 0 : 1);
    }
    write("dns:a bob");
    CPPUNIT_ASSERT(map.load().changed);
    swapped.give();
    int status = -1;
    waitpid(child, &status, 0);
    CPPUNIT_ASSERT_EQUAL(0, status);
  }

  void lets_a_child_build_for_its_parent() {
    Map map(path_);
    map.load();
    write("dns:a bob");
    CPPUNIT_ASSERT(holds_in_child([&] { return map.load().changed; }));
    CPPUNIT_ASSERT_EQUAL(std::string("bob"), account(map.image(), "a"));
    CPPUNIT_ASSERT(!map.load().changed);
    CPPUNIT_ASSERT(!reload(map).news);
  }

  void keeps_an_image_as_long_as_this_process_reads_it() {
    Map map(path_);
    map.load();
    auto first = map.image();
    for (const std::string name : {"bob", "carol", "dave"}) {
      write("dns:a " + name);
      map.load();
      CPPUNIT_ASSERT_EQUAL(std::string("alice"), account(first, "a"));
      CPPUNIT_ASSERT_EQUAL(name, account(map.image(), "a"));
    }
  }

  void keeps_an_image_as_long_as_another_process_reads_it() {
    Map map(path_);
    map.load();
    Signal mapped, replaced;
    pid_t child = fork();
    if (child == 0) {
      auto first = map.image();
      mapped.give();
      _exit(replaced.await() && account(first, "a") == "alice" ? 0 : 1);
    }
    mapped.await();
    for (const std::string name : {"bob", "carol", "dave"}) {
      write("dns:a " + name);
      map.load();
    }
    replaced.give();
    int status = -1;
    waitpid(child, &status, 0);
    CPPUNIT_ASSERT_EQUAL(0, status);
  }

  void gives_a_long_read_image_back_when_it_is_let_go() {
    Map map(path_);
    std::string text;
    for (int i = 0; i < 20000; ++i) text += "dns:host" + std::to_string(i) + ".example a\n";
    write(text);
    map.load();
    const auto one = octets_in_use(map);
    auto held = map.image();
    for (int i = 0; i < 3; ++i) {
      write(text + "dns:a x" + std::to_string(i));
      map.load();
    }
    CPPUNIT_ASSERT(octets_in_use(map) > one * 3 / 2);
    held.reset();
    map.reload();
    map.reload();
    CPPUNIT_ASSERT(octets_in_use(map) < one * 3 / 2);
  }

  void gives_the_space_of_old_images_back() {
    Map map(path_);
    map.load();
    std::string text;
    for (int i = 0; i < 20000; ++i) text += "dns:host" + std::to_string(i) + ".example a\n";
    blkcnt_t one = 0;
    for (int i = 0; i < 6; ++i) {
      write(text + "dns:a x" + std::to_string(i));
      CPPUNIT_ASSERT(map.load().changed);
      if (i == 0) one = octets_in_use(map);
    }
    CPPUNIT_ASSERT(one > 500000);
    CPPUNIT_ASSERT(octets_in_use(map) < one * 5 / 2);
    CPPUNIT_ASSERT_EQUAL(std::string("x5"), account(map.image(), "a"));
  }

  void builds_in_one_process_at_a_time() {
    Map map(path_);
    Signal locked, done;
    pid_t child = fork();
    if (child == 0) {
      BuildLock lock(map.memfd());
      locked.give();
      _exit(done.await() ? 0 : 1);
    }
    locked.await();
    map.load();
    write("dns:a bob");
    CPPUNIT_ASSERT(!reload(map).changed);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    CPPUNIT_ASSERT(reload(map).changed);
  }

  void reports_that_memory_is_short() {
    Map map(path_);
    map.load();
    std::string text;
    for (int i = 0; i < 20000; ++i) text += "dns:host" + std::to_string(i) + ".example a\n";
    write(text);
    const auto before = octets_in_use(map);
    CPPUNIT_ASSERT(holds_in_child([&] {
      signal(SIGXFSZ, SIG_IGN);
      rlimit limit{300000, 300000};
      setrlimit(RLIMIT_FSIZE, &limit);
      auto load = map.load();
      return !load.changed && load.errors.size() == 1 && load.errors[0].starts_with(path_ + ": ") &&
             account(map.image(), "a") == "alice" && octets_in_use(map) == before;
    }));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, map.generation());
    CPPUNIT_ASSERT(map.load().changed);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ImageMemoryTest);
