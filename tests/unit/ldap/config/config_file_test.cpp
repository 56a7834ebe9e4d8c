#include "ldap/config/config_file.h"

#include <cppunit/extensions/HelperMacros.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "core/text/error.h"

namespace certmap::test {

class ConfigFileTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ConfigFileTest);
  CPPUNIT_TEST(holds_what_the_file_held);
  CPPUNIT_TEST(an_empty_file_is_empty);
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

  static std::string error_for(const std::string& path) {
    try {
      read_config_file(path);
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
    const auto read = read_config_file(path);
    CPPUNIT_ASSERT(read.content == content);
    CPPUNIT_ASSERT_EQUAL(path, read.path);
  }

  void an_empty_file_is_empty() {
    CPPUNIT_ASSERT_EQUAL(std::string(), read_config_file(file("")).content);
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

CPPUNIT_TEST_SUITE_REGISTRATION(ConfigFileTest);

}  // namespace certmap::test
