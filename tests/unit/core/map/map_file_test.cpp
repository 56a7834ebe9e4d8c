#include "core/map/map_file.h"

#include <cppunit/extensions/HelperMacros.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "core/live/live_file.h"
#include "map_on_disk.h"

using namespace certmap;
using namespace certmap::test;

class MapFileTest : public MapOnDisk {
  CPPUNIT_TEST_SUITE(MapFileTest);
  CPPUNIT_TEST(has_no_image_before_it_was_read);
  CPPUNIT_TEST(reads_a_file_once);
  CPPUNIT_TEST(reads_files_larger_than_its_buffer);
  CPPUNIT_TEST(finds_lines_too_long_for_its_buffer);
  CPPUNIT_TEST(keeps_the_old_image_while_the_file_is_bad);
  CPPUNIT_TEST(keeps_the_old_image_when_the_file_vanishes);
  CPPUNIT_TEST(reloads_what_changed);
  CPPUNIT_TEST(never_reads_a_file_that_is_being_written);
  CPPUNIT_TEST(does_not_reload_a_bad_file_again);
  CPPUNIT_TEST(has_news_once_for_each_state_of_the_file);
  CPPUNIT_TEST(notices_a_file_of_the_same_size_and_mtime);
  CPPUNIT_TEST(refuses_a_file_that_others_may_write);
  CPPUNIT_TEST(refuses_a_file_of_another_owner);
  CPPUNIT_TEST(refuses_what_is_no_regular_file);
  CPPUNIT_TEST_SUITE_END();

  void assert_only_error(MapFile& map, const std::string& expected) {
    auto load = map.load();
    CPPUNIT_ASSERT(!load.changed);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, load.errors.size());
    CPPUNIT_ASSERT_EQUAL(path_ + expected, load.errors[0]);
  }

 public:
  void has_no_image_before_it_was_read() {
    Map map(path_);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, map.generation());
    CPPUNIT_ASSERT(!map.image());
    CPPUNIT_ASSERT_EQUAL(path_, map.path());
  }

  void reads_a_file_once() {
    Map map(path_);
    CPPUNIT_ASSERT(map.load().changed);
    CPPUNIT_ASSERT_EQUAL(std::string("alice"), account(map.image(), "a"));
    auto again = map.load();
    CPPUNIT_ASSERT(!again.changed && again.errors.empty());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, map.generation());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, map.image()->generation());
    CPPUNIT_ASSERT(map.image() == map.image());
  }

  void reads_files_larger_than_its_buffer() {
    std::string text = "\xEF\xBB\xBF";
    for (int i = 0; i < 100000; ++i)
      text += "dns:h" + std::to_string(i) + " a" + std::to_string(i) + "\r\n";
    write(text + "dns:last z");
    Map map(path_);
    CPPUNIT_ASSERT(map.load().changed);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{100001}, map.image()->entries());
    for (int i = 0; i < 100000; ++i)
      CPPUNIT_ASSERT_EQUAL("a" + std::to_string(i), account(map.image(), "h" + std::to_string(i)));
    CPPUNIT_ASSERT_EQUAL(std::string("z"), account(map.image(), "last"));
  }

  void finds_lines_too_long_for_its_buffer() {
    Map map(path_);
    for (std::size_t size : {16385u, 1048576u, 1048577u, 5000000u}) {
      write("dns:a x #" + std::string(size - 9, '\r') + "\ndns:b y\nfoo z\n");
      auto load = map.load();
      CPPUNIT_ASSERT_EQUAL(std::size_t{2}, load.errors.size());
      CPPUNIT_ASSERT(load.errors[1].starts_with(path_ + ":3: "));
      CPPUNIT_ASSERT(size == 16385u ||
                     load.errors[0].starts_with(path_ + ":1: this line is longer than 16384"));
    }
  }

  void keeps_the_old_image_while_the_file_is_bad() {
    Map map(path_);
    map.load();
    write("dns:a");
    assert_only_error(map,
                      ":1: the account is missing; write KEY ACCOUNT, or ! as the account to "
                      "block");
    CPPUNIT_ASSERT_EQUAL(std::string("alice"), account(map.image(), "a"));
    write("dns:a bob");
    CPPUNIT_ASSERT(map.load().changed);
    CPPUNIT_ASSERT_EQUAL(std::string("bob"), account(map.image(), "a"));
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{2}, map.generation());
  }

  void keeps_the_old_image_when_the_file_vanishes() {
    Map map(path_);
    map.load();
    std::filesystem::rename(path_, path_ + ".away");
    CPPUNIT_ASSERT_EQUAL(
        path_ +
            ": cannot be read: No such file or directory; put a file with lines of "
            "KEY ACCOUNT there that httpd can read",
        reload(map).errors.at(0));
    CPPUNIT_ASSERT(!reload(map).news);
    CPPUNIT_ASSERT_EQUAL(std::string("alice"), account(map.image(), "a"));
    std::filesystem::rename(path_ + ".away", path_);
    auto back = reload(map);
    CPPUNIT_ASSERT(back.news && back.errors.empty());
    CPPUNIT_ASSERT(!reload(map).news);
  }

  void reloads_what_changed() {
    Map map(path_);
    map.load();
    CPPUNIT_ASSERT(!reload(map).changed);
    write("dns:a bob");
    CPPUNIT_ASSERT(reload(map).changed);
    CPPUNIT_ASSERT_EQUAL(std::string("bob"), account(map.image(), "a"));
    CPPUNIT_ASSERT(!reload(map).changed);
  }

  void never_reads_a_file_that_is_being_written() {
    Map map(path_);
    map.load();
    auto now = std::chrono::steady_clock::now();
    std::ofstream file(path_);
    int told = 0;
    for (int i = 0; i < 100; ++i, now += std::chrono::milliseconds(100)) {
      file << "dns:a" << i << " bob" << std::endl;
      auto load = map.reload(now);
      CPPUNIT_ASSERT(!load.changed && !load.news);
      told += load.being_written ? 1 : 0;
    }
    CPPUNIT_ASSERT_EQUAL(1, told);
    CPPUNIT_ASSERT(map.reload(now + std::chrono::seconds(1)).changed);
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{100}, map.image()->entries());
  }

  void does_not_reload_a_bad_file_again() {
    Map map(path_);
    write("dns:a");
    CPPUNIT_ASSERT(!map.load().errors.empty());
    CPPUNIT_ASSERT(reload(map).errors.empty());
    MapFile restarted(path_, geteuid(), map.memfd());
    CPPUNIT_ASSERT(reload(restarted).errors.empty());
    CPPUNIT_ASSERT(!restarted.load().errors.empty());
  }

  void has_news_once_for_each_state_of_the_file() {
    Map map(path_);
    CPPUNIT_ASSERT(map.load().news);
    for (const std::string text : {"dns:a", "dns:b"}) {
      write(text);
      CPPUNIT_ASSERT(map.load().news);
      CPPUNIT_ASSERT(!map.load().news);
    }
    MapFile restarted(path_, geteuid(), map.memfd());
    CPPUNIT_ASSERT(!restarted.load().news);
  }

  void notices_a_file_of_the_same_size_and_mtime() {
    Map map(path_);
    map.load();
    auto time = std::filesystem::last_write_time(path_);
    std::ofstream(path_) << "dns:a carol\n";
    std::filesystem::last_write_time(path_, time);
    CPPUNIT_ASSERT(reload(map).changed);
    CPPUNIT_ASSERT_EQUAL(std::string("carol"), account(map.image(), "a"));
  }

  void refuses_a_file_that_others_may_write() {
    Map map(path_);
    for (auto [mode, text] : {std::pair(0664, "0664"), std::pair(0646, "0646")}) {
      chmod(path_.c_str(), static_cast<mode_t>(mode));
      assert_only_error(map, std::string(": is writable by group or others (mode ") + text +
                                 "); only its owner may write it: chmod go-w " + path_);
    }
    chmod(path_.c_str(), 0600);
    CPPUNIT_ASSERT(reload(map).changed);
  }

  void refuses_a_file_of_another_owner() {
    uid_t owner = geteuid();
    if (owner == 0) CPPUNIT_ASSERT_EQUAL(0, chown(path_.c_str(), owner = 4711, 0));
    Map stranger(path_, owner + 1), map(path_, owner);
    assert_only_error(stranger, ": belongs to uid " + std::to_string(owner) +
                                    "; it must belong to root or to the user who starts httpd: "
                                    "chown root " +
                                    path_);
    CPPUNIT_ASSERT(map.load().changed);
  }

  void refuses_what_is_no_regular_file() {
    Map map(path_);
    std::filesystem::remove(path_);
    mkfifo(path_.c_str(), 0600);
    assert_only_error(map, ": is not a regular file; name a file with lines of KEY ACCOUNT");
    std::filesystem::remove(path_);
    std::filesystem::create_directory(path_);
    assert_only_error(map, ": is not a regular file; name a file with lines of KEY ACCOUNT");
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MapFileTest);
