// CertMapCRL: the CRLs of a file, or of a folder's files, in memory that all processes share
// (docs/crl.md).
#pragma once

#include <openssl/x509.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/crl/pack.h"
#include "core/live/live_file.h"

namespace certmap {

/// Those that may sign CRLs of a path. `keeper` owns them.
struct CrlAuthorities {
  std::vector<X509*> cas;
  std::shared_ptr<const void> keeper;
};

/// One path of a CertMapCRL line, under one CertMapIssuedBy.
class CrlFiles : public LiveFile {
 public:
  using Moment = std::chrono::steady_clock::time_point;

  /// `memfd` and `anew` as of MapFile. Reads no file. `lent` is memory of this path under other
  /// CertMapIssuedBy, which is copied: what CAs here signed of it is the last good state.
  CrlFiles(std::string path, CrlAuthorities authorities, int memfd = -1, bool anew = false,
           const std::vector<int>& lent = {});
  ~CrlFiles() override;
  CrlFiles(const CrlFiles&) = delete;
  CrlFiles& operator=(const CrlFiles&) = delete;

  const std::string& path() const override;
  int memfd() const override;
  std::uint64_t generation() const override;
  /// One for each file that was read, and for the folder where that cannot be.
  std::vector<FileLoad> load_all() override;
  std::vector<FileLoad> reload_all() override;
  std::vector<FileLoad> reload(Moment now);
  std::vector<std::string> read_paths() const override;
  std::vector<FileLoad> passed() override;

  /// What is in force; null while nothing is. Can be read as long as it is held.
  std::shared_ptr<const CrlPack> pack() const;
  /// The same for the process that reads the configuration, which holds no image.
  std::shared_ptr<const CrlPack> peek() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace certmap
