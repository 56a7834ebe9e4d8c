// A map file that a test writes and reads, in a folder that is gone when the test is over.
#pragma once

#include <cppunit/extensions/HelperMacros.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "core/live/live_file.h"
#include "core/map/image.h"
#include "core/map/map_file.h"

namespace certmap::test {

/// That of the key dns:`name`.
inline std::string account(const std::shared_ptr<const MapImage>& image, const std::string& name) {
  if (!image) return "no image";
  auto entry = image->find({AttributeKind::Dns, ""}, name);
  return entry ? std::string(entry->account) : "none";
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

class MapOnDisk : public CppUnit::TestFixture {
 public:
  void setUp() override {
    char name[] = "/tmp/certmap-test-XXXXXX";
    folder_ = mkdtemp(name);
    path_ = folder_ + "/test.map";
    write("dns:a alice\n");
  }
  void tearDown() override { std::filesystem::remove_all(folder_); }

 protected:
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
  static FileLoad reload(MapFile& map) {
    auto now = std::chrono::steady_clock::now();
    auto first = map.reload(now);
    return first.news ? first : map.reload(now + std::chrono::hours(1));
  }

  std::string folder_, path_;
};

}  // namespace certmap::test
