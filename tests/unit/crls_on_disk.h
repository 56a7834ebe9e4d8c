// Revocation lists that a test writes and reads, in a folder that is gone when the test is over.
#pragma once

#include <cppunit/extensions/HelperMacros.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/crl/crl_files.h"
#include "crl_images.h"

namespace certmap::test {

/// The clock says 2026 or later: so all of these are of the past, and of the order of their days.
inline std::string day(int number) {
  return (number < 10 ? "25010" : "2501") + std::to_string(number) + "000000Z";
}

class CrlsOnDisk : public CppUnit::TestFixture {
 public:
  void setUp() override {
    char name[] = "/tmp/certmap-crl-XXXXXX";
    folder_ = mkdtemp(name);
  }
  void tearDown() override { std::filesystem::remove_all(folder_); }

 protected:
  Key key_ = make_key();
  std::shared_ptr<X509> ca_ = make_ca("CA", key_);
  std::string folder_;

  /// A CrlFiles whose descriptor is closed with it.
  struct Files : CrlFiles {
    using CrlFiles::CrlFiles;
    ~Files() { close(memfd()); }
  };

  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  void write(const std::string& name, const std::string& octets) const {
    std::ofstream(path("." + name)) << octets;
    std::filesystem::rename(path("." + name), path(name));
  }
  std::string list(int of_day, const std::string& serial = {}) const {
    return crl_der({.this_update = day(of_day),
                    .next_update = day(28),
                    .entries = serial.empty() ? "" : crl_entry(serial)},
                   key_);
  }
  CrlAuthorities authorities() const { return {{ca_.get()}, ca_}; }
  std::unique_ptr<Files> loaded(const std::string& of, int memfd = -1, bool anew = false) const {
    auto files = std::make_unique<Files>(of, authorities(), memfd, anew);
    files->load_all();
    return files;
  }
  /// A look when all files have been at rest for long.
  static std::vector<FileLoad> reload(CrlFiles& files) {
    const auto now = std::chrono::steady_clock::now();
    auto loads = files.reload(now);
    std::erase_if(loads, [](const FileLoad& load) { return load.waits && !load.being_written; });
    for (auto& load : files.reload(now + std::chrono::hours(1))) loads.push_back(std::move(load));
    return loads;
  }
  static bool has(const CrlFiles& files, const std::string& serial) {
    const auto pack = files.pack();
    for (const auto& crl : pack->crls())
      if (crl.image.find(serial)) return true;
    return false;
  }
};

}  // namespace certmap::test
