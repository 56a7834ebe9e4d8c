#include "tool/commands.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include "make_ca.h"

using namespace certmap;

namespace {

/// What the command says on standard error, besides what it throws.
std::string said_by(const Command& command, const Arguments& arguments) {
  std::ostringstream out, said;
  auto* const stdout_buffer = std::cout.rdbuf(out.rdbuf());
  auto* const stderr_buffer = std::cerr.rdbuf(said.rdbuf());
  command.run(arguments);
  std::cout.rdbuf(stdout_buffer);
  std::cerr.rdbuf(stderr_buffer);
  return said.str();
}

}  // namespace

class CommandsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CommandsTest);
  CPPUNIT_TEST(no_name_of_a_file_steers_the_terminal);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    char name[] = "/tmp/certmap-tool-XXXXXX";
    CPPUNIT_ASSERT(mkdtemp(name));
    folder_ = name;
  }
  void tearDown() override { std::filesystem::remove_all(folder_); }

  void no_name_of_a_file_steers_the_terminal() {
    const auto path = folder_ + "/a\x1B[31m";
    assert_visible(said_by(lint_command(), {{{"issued-by", ca()}}, {path}}));
    std::ofstream(path) << "a x y\nb z z\n";
    assert_visible(said_by(import_command(), {{{"map", "a"}}, {"pg_ident", path}}));
    std::ofstream(path) << "no event\n"
                        << R"({"@timestamp":"2026-11-21T12:00:00Z","ecs":{"version":"8"},)"
                        << R"("event":{"action":"start"}})";
    assert_visible(said_by(expiring_command(), {{}, {path}}));
  }

 private:
  std::string ca() {
    ca_.add(test::make_ca("CA", test::make_key()));
    return ca_.path();
  }

  static void assert_visible(const std::string& said) {
    CPPUNIT_ASSERT_MESSAGE(said, said.find("/a\\u001b[31m") != said.npos);
    CPPUNIT_ASSERT_MESSAGE(said, said.find('\x1B') == said.npos);
  }

  std::string folder_;
  test::TemporaryFile ca_;
};

CPPUNIT_TEST_SUITE_REGISTRATION(CommandsTest);
