#include "core/crl/crl_files.h"

#include <cppunit/extensions/HelperMacros.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/crl/folder.h"
#include "core/live/memory.h"
#include "crls_on_disk.h"

using namespace certmap;
using namespace certmap::test;

namespace {

class CrlFilesTest : public CrlsOnDisk {
  CPPUNIT_TEST_SUITE(CrlFilesTest);
  CPPUNIT_TEST(names_that_are_read_in_a_folder);
  CPPUNIT_TEST(reads_a_file_once);
  CPPUNIT_TEST(folder_of_past_lists_keeps_the_last);
  CPPUNIT_TEST(equal_files_are_kept_once);
  CPPUNIT_TEST(what_counts_again_is_read_again);
  CPPUNIT_TEST(of_deltas_that_build_on_later_lists_the_last_stay);
  CPPUNIT_TEST(what_a_file_no_longer_has_stays_until_a_later_one_comes);
  CPPUNIT_TEST(lists_signed_by_others_are_passed_over_in_folders_only);
  CPPUNIT_TEST(bad_file_leaves_what_was_there);
  CPPUNIT_TEST(older_list_is_refused_over_a_restart);
  CPPUNIT_TEST(forged_memory_names_no_other_file);
  CPPUNIT_TEST(lists_of_other_cas_do_not_outlive_a_restart);
  CPPUNIT_TEST(damaged_packs_are_refused);
  CPPUNIT_TEST_SUITE_END();

  void names_that_are_read_in_a_folder() {
    for (const auto* name :
         {"a.crl", "a.b.pem", "a.der", "MasterCRL.bin", "1f.r0", "1f.r12", "a+.crl"})
      CPPUNIT_ASSERT_MESSAGE(name, is_crl_name(name));
    for (const auto* name :
         {".a.crl", "a", "crl", "a.CRL", "a.r", "a.rx", "a.crl.new", "a.txt", ""})
      CPPUNIT_ASSERT_MESSAGE(name, !is_crl_name(name));
    CPPUNIT_ASSERT(belongs_to("/a", "/a") && belongs_to("/a", "/a/b.crl"));
    CPPUNIT_ASSERT(!belongs_to("/a", "/a/b/c.crl") && !belongs_to("/a", "/b.crl"));
    CPPUNIT_ASSERT(!belongs_to("/a", "/a/../b.crl"));
  }

  void reads_a_file_once() {
    write("a.crl", list(1, "x"));
    Files files(path("a.crl"), authorities());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{0}, files.generation());
    const auto loads = files.load_all();
    CPPUNIT_ASSERT(loads.size() == 1 && loads[0].changed && loads[0].errors.empty());
    CPPUNIT_ASSERT(has(files, "x") && !has(files, "y"));
    CPPUNIT_ASSERT(reload(files).empty());
    CPPUNIT_ASSERT_EQUAL(std::uint64_t{1}, files.generation());
  }

  void folder_of_past_lists_keeps_the_last() {
    for (int i = 1; i < 10; ++i) write(std::to_string(i) + ".crl", list(i, std::to_string(i)));
    const auto files = loaded(folder_);
    CPPUNIT_ASSERT_EQUAL(std::size_t{9}, files->pack()->files().size());
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, files->pack()->crls().size());
    CPPUNIT_ASSERT(has(*files, "9") && !has(*files, "8"));
    // What others have followed may go.
    std::filesystem::remove(path("3.crl"));
    CPPUNIT_ASSERT(reload(*files).empty());
    CPPUNIT_ASSERT_EQUAL(std::size_t{8}, files->pack()->files().size());
    std::filesystem::remove(path("9.crl"));
    const auto loads = reload(*files);
    CPPUNIT_ASSERT(loads.size() == 1 && loads[0].path == path("9.crl") && !loads[0].changed);
    CPPUNIT_ASSERT(has(*files, "9"));
    write("a.crl", list(10, "a"));
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, reload(*files).size());
    CPPUNIT_ASSERT(has(*files, "a") && !has(*files, "9"));
    CPPUNIT_ASSERT(reload(*files).empty());
  }

  void equal_files_are_kept_once() {
    write("1.der", list(1, "x"));
    std::filesystem::create_symlink("1.der", path("MasterCRL.bin"));
    const auto files = loaded(folder_);
    const auto& all = files->pack()->files();
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, all.size());
    CPPUNIT_ASSERT(!all[0].crls[0].image.empty());
    CPPUNIT_ASSERT(all[0].crls[0].image.data() == all[1].crls[0].image.data());
  }

  std::string complete(int of_day, const char* number_octet) const {
    return crl_der(
        {.this_update = day(of_day), .next_update = day(28), .extensions = number(number_octet)},
        key_);
  }

  void what_counts_again_is_read_again() {
    write("delta.crl", crl_der({.this_update = day(1),
                                .next_update = day(28),
                                .entries = crl_entry("new"),
                                .extensions = number("\x05") + delta_of("\x02")},
                               key_));
    write("complete.crl", complete(1, "\x06"));
    const auto files = loaded(folder_);
    CPPUNIT_ASSERT(!has(*files, "new"));
    write("complete.crl", complete(2, "\x03"));
    reload(*files);
    CPPUNIT_ASSERT(has(*files, "new"));
  }

  void what_a_file_no_longer_has_stays_until_a_later_one_comes() {
    write("1.crl", list(1, "old"));
    write("2.crl", list(2, "new"));
    const auto files = loaded(folder_);
    const auto other = crl_der(
        {.this_update = day(3), .next_update = day(28), .extensions = scope_of(uri("http://a/1"))},
        key_);
    write("2.crl", other);
    const auto loads = reload(*files);
    CPPUNIT_ASSERT(has(*files, "new") && !has(*files, "old"));
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, loads.at(0).warnings.size());
    write("3.crl", list(3, "last"));
    CPPUNIT_ASSERT(reload(*files).at(0).warnings.empty());
    CPPUNIT_ASSERT(has(*files, "last") && !has(*files, "new"));
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, files->pack()->crls().size());
  }

  void of_deltas_that_build_on_later_lists_the_last_stay() {
    const auto file = path("delta.crl");
    Files files(file, authorities());
    for (char base = 1; base <= 40; base += 2) {
      const char next = static_cast<char>(base + 1);
      write("delta.crl",
            crl_der({.this_update = day(1),
                     .next_update = day(28),
                     .extensions = number(std::string(1, next)) + delta_of(std::string(1, base))},
                    key_));
      base == 1 ? files.load_all() : reload(files);
    }
    CPPUNIT_ASSERT_EQUAL(std::size_t{17}, files.pack()->crls().size());
  }

  void lists_signed_by_others_are_passed_over_in_folders_only() {
    write("a.crl", list(1, "x"));
    write("b.crl", crl_der({}, make_key()));
    Files folder(folder_, authorities());
    auto loads = folder.load_all();
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, loads.size());
    CPPUNIT_ASSERT(loads[1].errors.empty() && !loads[1].changed && loads[1].notes.size() == 1);
    CPPUNIT_ASSERT(has(folder, "x") && reload(folder).empty());
    Files file(path("b.crl"), authorities());
    loads = file.load_all();
    CPPUNIT_ASSERT(loads[0].errors.size() == 1 && loads[0].notes.empty());
  }

  void bad_file_leaves_what_was_there() {
    write("a.crl", list(1, "x"));
    const auto files = loaded(path("a.crl"));
    write("a.crl", "nothing");
    auto loads = reload(*files);
    CPPUNIT_ASSERT(loads.size() == 1 && !loads[0].errors.empty() && loads[0].news);
    CPPUNIT_ASSERT(has(*files, "x") && reload(*files).empty());
    Files after(path("a.crl"), authorities(), dup(files->memfd()), true);
    loads = after.load_all();
    CPPUNIT_ASSERT(!loads[0].errors.empty() && !loads[0].news);
    CPPUNIT_ASSERT(has(after, "x"));
    // The memory from before is left alone from then on.
    CPPUNIT_ASSERT(reload(*files).empty());
  }

  void older_list_is_refused_over_a_restart() {
    write("a.crl", list(5, "x"));
    const auto files = loaded(path("a.crl"));
    write("a.crl", list(4));
    Files after(path("a.crl"), authorities(), dup(files->memfd()), true);
    CPPUNIT_ASSERT(!after.load_all()[0].errors.empty());
    CPPUNIT_ASSERT(has(after, "x"));
    CPPUNIT_ASSERT(!has(*loaded(path("a.crl")), "x"));
  }

  /// Whatever the old memory says: nothing outside of the path is opened.
  void forged_memory_names_no_other_file() {
    write("a.crl", list(1, "x"));
    write("b.crl", list(2, "forged"));
    std::vector<PackedFile> forged{{.path = path("b.crl"), .tried = {.inode = 7}, .good = true}};
    const PackParts parts(forged);
    ImageMemory memory(kPackFormat);
    memory.publish(parts.parts(), 1);
    Files files(path("a.crl"), authorities(), memory.memfd(), true);
    const auto loads = files.load_all();
    CPPUNIT_ASSERT(loads.size() == 1 && loads[0].path == path("a.crl"));
    CPPUNIT_ASSERT(has(files, "x") && !has(files, "forged"));
  }

  void lists_of_other_cas_do_not_outlive_a_restart() {
    write("a.crl", list(1, "x"));
    const auto files = loaded(path("a.crl"));
    std::filesystem::remove(path("a.crl"));
    const auto other = make_ca("CA", make_key());
    Files after(path("a.crl"), {{other.get()}, other}, dup(files->memfd()), true);
    after.load_all();
    CPPUNIT_ASSERT(!has(after, "x"));
  }

  void damaged_packs_are_refused() {
    write("a.crl", list(1, "x"));
    const auto files = loaded(path("a.crl"));
    ImageMemory memory(kPackFormat, files->memfd());
    const auto octets = memory.copy_image();
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, CrlPack({octets, {}, 1}).crls().size());
    for (std::size_t length = 1; length < octets.size() - 64; ++length) {
      const auto cut = octets.substr(0, length);
      CPPUNIT_ASSERT_THROW(CrlPack({cut, {}, 1}), std::runtime_error);
    }
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CrlFilesTest);

}  // namespace
