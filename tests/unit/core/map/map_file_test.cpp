#include "core/map/map_file.h"

#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/live/descriptor.h"
#include "core/live/memory.h"

using namespace certmap;

namespace {

std::string account(const std::shared_ptr<const MapImage>& image, const std::string& name) {
  if (!image) return "no image";
  auto entry = image->find({AttributeKind::Dns, ""}, name);
  return entry ? std::string(entry->account) : "none";
}

/// True where `check` holds in a child of this process.
bool holds_in_child(const std::function<bool()>& check) {
  pid_t child = fork();
  if (child == 0) _exit(check() ? 0 : 1);
  int status = -1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// A pipe on which one process lets another go on.
struct Signal {
  int ends[2];
  Signal() { CPPUNIT_ASSERT_EQUAL(0, pipe(ends)); }
  ~Signal() {
    close(ends[0]);
    close(ends[1]);
  }
  void give() { CPPUNIT_ASSERT_EQUAL(ssize_t{1}, ::write(ends[1], "x", 1)); }
  bool await() {
    char octet;
    return ::read(ends[0], &octet, 1) == 1;
  }
};

}  // namespace

class MapFileTest : public CppUnit::TestFixture {
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
  CPPUNIT_TEST(keeps_its_image_over_a_restart);
  CPPUNIT_TEST(makes_new_memory_for_a_descriptor_that_is_not_ours);
  CPPUNIT_TEST(shows_a_new_image_to_a_process_that_already_runs);
  CPPUNIT_TEST(lets_a_child_build_for_its_parent);
  CPPUNIT_TEST(keeps_an_image_as_long_as_this_process_reads_it);
  CPPUNIT_TEST(keeps_an_image_as_long_as_another_process_reads_it);
  CPPUNIT_TEST(gives_a_long_read_image_back_when_it_is_let_go);
  CPPUNIT_TEST(builds_anew_over_a_restart_and_keeps_the_generation);
  CPPUNIT_TEST(takes_the_last_good_state_over_a_restart_where_the_file_is_bad);
  CPPUNIT_TEST(does_not_wait_for_who_holds_the_lock_over_a_restart);
  CPPUNIT_TEST(gives_the_space_of_old_images_back);
  CPPUNIT_TEST(builds_in_one_process_at_a_time);
  CPPUNIT_TEST(reports_that_memory_is_short);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    char name[] = "/tmp/certmap-test-XXXXXX";
    folder_ = mkdtemp(name);
    path_ = folder_ + "/test.map";
    write("dns:a alice\n");
  }
  void tearDown() override { std::filesystem::remove_all(folder_); }

 private:
  void write(const std::string& text) {
    std::ofstream(path_ + ".new") << text;
    chmod((path_ + ".new").c_str(), 0644);
    std::filesystem::rename(path_ + ".new", path_);
  }

  /// A MapFile whose descriptor is closed with it.
  struct Map : MapFile {
    explicit Map(const std::string& path, uid_t owner = geteuid()) : MapFile(path, owner) {}
    ~Map() { close(memfd()); }
  };

  /// A look at the file when it has been at rest for long.
  FileLoad reload(MapFile& map) {
    auto now = std::chrono::steady_clock::now();
    auto first = map.reload(now);
    return first.news ? first : map.reload(now + std::chrono::hours(1));
  }

  static blkcnt_t octets_in_use(const MapFile& map) {
    struct stat status {};
    fstat(map.memfd(), &status);
    return status.st_blocks * 512;
  }

  void assert_only_error(MapFile& map, const std::string& expected) {
    auto load = map.load();
    CPPUNIT_ASSERT(!load.changed);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, load.errors.size());
    CPPUNIT_ASSERT_EQUAL(path_ + expected, load.errors[0]);
  }

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

  void does_not_reload_a_bad_file_again() {
    Map map(path_);
    write("dns:a");
    CPPUNIT_ASSERT(!map.load().errors.empty());
    CPPUNIT_ASSERT(reload(map).errors.empty());
    MapFile restarted(path_, geteuid(), map.memfd());
    CPPUNIT_ASSERT(reload(restarted).errors.empty());
    CPPUNIT_ASSERT(!restarted.load().errors.empty());
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

  std::string folder_, path_;
};
CPPUNIT_TEST_SUITE_REGISTRATION(MapFileTest);
