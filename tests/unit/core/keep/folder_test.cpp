#include "core/keep/folder.h"

#include <cppunit/extensions/HelperMacros.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "core/text/calendar.h"
#include "make_certificate.h"

using namespace certmap;

namespace {

Certificate named(const std::string& name) {
  test::CertificateSpec spec;
  spec.subject = {{"2.5.4.3", name}};
  return test::make_certificate(spec);
}

class FolderTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(FolderTest);
  CPPUNIT_TEST(a_process_looks_at_a_file_once_a_day);
  CPPUNIT_TEST(after_a_failure_it_pauses_and_tries_again);
  CPPUNIT_TEST(the_last_place_is_given_once_to_many_processes);
  CPPUNIT_TEST(a_full_folder_is_counted_again);
  CPPUNIT_TEST_SUITE_END();

 public:
  void setUp() override {
    char name[] = "/tmp/certmap-keep-XXXXXX";
    CPPUNIT_ASSERT(mkdtemp(name));
    folder_ = name;
    void* memory = mmap(nullptr, sizeof(KeptMemory), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CPPUNIT_ASSERT(memory != MAP_FAILED);
    memory_ = static_cast<KeptMemory*>(memory);
  }
  void tearDown() override {
    std::filesystem::remove_all(folder_);
    munmap(memory_, sizeof(KeptMemory));
  }

  void a_process_looks_at_a_file_once_a_day() {
    KeptCertificates kept(folder_, *memory_);
    const auto alice = named("alice");
    CPPUNIT_ASSERT(kept.keep(alice, now_));
    CPPUNIT_ASSERT(std::filesystem::remove(path_of(alice)));
    CPPUNIT_ASSERT(kept.keep(alice, now_));
    CPPUNIT_ASSERT(!std::filesystem::exists(path_of(alice)));
    CPPUNIT_ASSERT(kept.keep(alice, now_ + kSecondsPerDay));
    CPPUNIT_ASSERT(std::filesystem::exists(path_of(alice)));
  }

  void after_a_failure_it_pauses_and_tries_again() {
    KeptCertificates kept(folder_ + "/missing", *memory_);
    const auto alice = named("alice");
    CPPUNIT_ASSERT_THROW(kept.keep(alice, now_), std::system_error);
    CPPUNIT_ASSERT(!kept.keep(alice, now_ + 1) && !kept.keep(named("bob"), now_ + 4));
    std::filesystem::create_directory(folder_ + "/missing");
    CPPUNIT_ASSERT(kept.keep(alice, now_ + 5));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, memory_->files.load());
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, memory_->writing.load());
  }

  void the_last_place_is_given_once_to_many_processes() {
    memory_->files = kMostKept - 1;
    memory_->counted = now_;
    std::vector<pid_t> children;
    for (int i = 0; i < 8; ++i) children.push_back(keep_in_child(named(std::to_string(i))));
    for (const auto child : children) CPPUNIT_ASSERT_EQUAL(child, waitpid(child, nullptr, 0));
    CPPUNIT_ASSERT_EQUAL(1, files());
    CPPUNIT_ASSERT_EQUAL(kMostKept, memory_->files.load());
    CPPUNIT_ASSERT_EQUAL(std::int64_t{0}, memory_->writing.load());
  }

  void a_full_folder_is_counted_again() {
    memory_->files = kMostKept;
    memory_->counted = now_;
    KeptCertificates kept(folder_, *memory_);
    const auto alice = named("alice");
    CPPUNIT_ASSERT_THROW(kept.keep(alice, now_ + 59), std::length_error);
    CPPUNIT_ASSERT(kept.keep(alice, now_ + 70));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{1}, memory_->files.load());
  }

 private:
  std::string path_of(const Certificate& certificate) const {
    return folder_ + "/" + kept_name(certificate.sha256.octets());
  }

  int files() const {
    int count = 0;
    for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator(folder_)) ++count;
    return count;
  }

  pid_t keep_in_child(const Certificate& certificate) {
    const pid_t child = fork();
    if (child != 0) return child;
    KeptCertificates kept(folder_, *memory_);
    try {
      kept.keep(certificate, now_);
    } catch (const std::length_error&) {
    }
    _exit(0);
  }

  std::string folder_;
  KeptMemory* memory_ = nullptr;
  const std::int64_t now_ = now_in_seconds();
};

}  // namespace

CPPUNIT_TEST_SUITE_REGISTRATION(FolderTest);
