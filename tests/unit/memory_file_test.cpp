#include "ldap/memory_file.h"

#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/error.h"

namespace certmap::test {

class MemoryFileTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(MemoryFileTest);
  CPPUNIT_TEST(holds_what_the_file_held);
  CPPUNIT_TEST(an_empty_file_is_empty);
  CPPUNIT_TEST(cannot_be_written_to);
  CPPUNIT_TEST(children_that_gave_up_root_can_read_it);
  CPPUNIT_TEST(is_not_handed_to_programs);
  CPPUNIT_TEST(goes_with_its_owner);
  CPPUNIT_TEST(what_cannot_be_read_is_named);
  CPPUNIT_TEST(only_regular_files_are_read);
  CPPUNIT_TEST_SUITE_END();

  std::filesystem::path folder_;

  std::string file(const std::string& content) const {
    const auto path = (folder_ / "file").string();
    std::ofstream(path, std::ios::binary) << content;
    ::chmod(path.c_str(), 0600);
    return path;
  }

  static std::string content_of(const std::string& path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  static int descriptor_of(const MemoryFile& memory) {
    const auto path = memory.path();
    return std::stoi(path.substr(path.rfind('/') + 1));
  }

  static std::string error_for(const std::string& path) {
    try {
      MemoryFile memory(path);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "none";
  }

 public:
  void setUp() override {
    char name[] = "/tmp/certmap-unit-XXXXXX";
    CPPUNIT_ASSERT(::mkdtemp(name) != nullptr);
    folder_ = name;
  }
  void tearDown() override { std::filesystem::remove_all(folder_); }

  void holds_what_the_file_held() {
    const std::string content = std::string(100000, 'x') + '\0' + "end\n";
    const auto path = file(content);
    const MemoryFile memory(path);
    std::filesystem::remove(path);
    CPPUNIT_ASSERT(memory.content() == content);
    CPPUNIT_ASSERT(content_of(memory.path()) == content);
    CPPUNIT_ASSERT(content_of(memory.path()) == content);
  }

  void an_empty_file_is_empty() {
    const MemoryFile memory(file(""));
    CPPUNIT_ASSERT_EQUAL(std::string(), memory.content());
    CPPUNIT_ASSERT_EQUAL(std::string(), content_of(memory.path()));
  }

  void cannot_be_written_to() {
    const MemoryFile memory(file("key"));
    const int descriptor = descriptor_of(memory);
    CPPUNIT_ASSERT(::pwrite(descriptor, "x", 1, 0) < 0);
    CPPUNIT_ASSERT(::ftruncate(descriptor, 0) != 0);
    CPPUNIT_ASSERT(::ftruncate(descriptor, 100) != 0);
    CPPUNIT_ASSERT_EQUAL(std::string("key"), content_of(memory.path()));
  }

  void children_that_gave_up_root_can_read_it() {
    const MemoryFile memory(file("key"));
    const pid_t child = ::fork();
    if (child == 0) {
      const bool dropped = ::getuid() != 0 || ::setuid(65534) == 0;
      ::_exit(dropped && content_of(memory.path()) == "key" ? 0 : 1);
    }
    int status = -1;
    CPPUNIT_ASSERT_EQUAL(child, ::waitpid(child, &status, 0));
    CPPUNIT_ASSERT_EQUAL(0, status);
  }

  void is_not_handed_to_programs() {
    const MemoryFile memory(file("key"));
    CPPUNIT_ASSERT((::fcntl(descriptor_of(memory), F_GETFD) & FD_CLOEXEC) != 0);
  }

  void goes_with_its_owner() {
    int descriptor = -1;
    {
      const MemoryFile memory(file("key"));
      descriptor = descriptor_of(memory);
      CPPUNIT_ASSERT(::fcntl(descriptor, F_GETFD) >= 0);
    }
    CPPUNIT_ASSERT(::fcntl(descriptor, F_GETFD) < 0);
  }

  void what_cannot_be_read_is_named() {
    CPPUNIT_ASSERT_EQUAL("cannot read " + folder_.string() + "/none: No such file or directory",
                         error_for(folder_ / "none"));
  }

  void only_regular_files_are_read() {
    CPPUNIT_ASSERT_EQUAL("cannot read " + folder_.string() + ": it is no regular file; name a file",
                         error_for(folder_));
    const auto fifo = (folder_ / "fifo").string();
    CPPUNIT_ASSERT_EQUAL(0, ::mkfifo(fifo.c_str(), 0600));
    CPPUNIT_ASSERT_EQUAL("cannot read " + fifo + ": it is no regular file; name a file",
                         error_for(fifo));
    CPPUNIT_ASSERT(error_for("/dev/zero") != "none");
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MemoryFileTest);

}  // namespace certmap::test
