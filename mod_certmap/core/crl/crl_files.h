// CertMapCRL: the CRLs of a file, or of a folder's files, in memory that all processes share
// (docs/crl.md).
#pragma once

#include <openssl/x509.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/crl/pack.h"
#include "core/live/live_image.h"
#include "core/live/stamp.h"

namespace certmap {

/// Those that may sign CRLs of a path. `keeper` owns them.
struct CrlAuthorities {
  std::vector<X509*> cas;
  std::shared_ptr<const void> keeper;
};

struct CrlLook;
struct PackBuild;

/// One path of a CertMapCRL line, under one CertMapIssuedBy.
class CrlFiles : public LiveImage<CrlPack> {
 public:
  /// `memfd` and `anew` as of MapFile. Reads no file. `lent` is memory of this path under other
  /// CertMapIssuedBy, which is copied: what CAs here signed of it is the last good state.
  CrlFiles(std::string path, CrlAuthorities authorities, int memfd = -1, bool anew = false,
           const std::vector<int>& lent = {});

  /// One for each file that was read, and for the folder where that cannot be.
  std::vector<FileLoad> load_all() override;
  std::vector<FileLoad> reload_all() override { return reload(std::chrono::steady_clock::now()); }
  std::vector<FileLoad> reload(Moment now);
  std::vector<std::string> read_paths() const override;
  std::vector<FileLoad> passed() override;

  /// What is in force, maybe an empty pack. Can be read as long as it is held.
  std::shared_ptr<const CrlPack> pack() const { return in_force(); }
  /// The same for the process that reads the configuration, which holds no image.
  std::shared_ptr<const CrlPack> peek() const;

 private:
  using Files = std::vector<PackedFile>;
  using Paths = std::vector<std::string>;

  std::shared_ptr<const CrlPack> last_good() const;
  CrlLook settled_look(const Files& before, Paths& unsettled) const;
  bool keep_signed_here(PackedFile& file) const;
  Paths ready_files(const CrlLook& look, const Files& known, Moment now,
                    std::vector<FileLoad>& loads);
  void publish(PackBuild& build, const CrlPack& before);
  std::shared_ptr<const CrlPack> known_pack() const;

  const CrlAuthorities authorities_;
  std::vector<std::string> lent_;  ///< images, for the first load
  std::map<std::string, FileRest> rests_;
};

}  // namespace certmap
