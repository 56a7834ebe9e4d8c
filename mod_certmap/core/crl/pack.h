// What is in force of one CertMapCRL path, a file or a folder: each file's state, and the images of
// its CRLs, as octets that processes share.
//
//   magic | octets of the table | table | images, each at a multiple of 64
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "core/crl/facts.h"
#include "core/crl/image.h"
#include "core/live/live_file.h"
#include "core/live/memory.h"
#include "core/live/stamp.h"

namespace certmap {

struct PackedCrl {
  CrlFacts facts;
  std::string_view image;  ///< empty: another one is later, and this one does not count
};

struct PackedFile {
  std::string path;
  FileStamp tried;            ///< the state in which it was read last
  bool good = false;          ///< it was without errors then; else `crls` are older
  std::int64_t again_at = 0;  ///< then it may be good without a change; 0: it may not
  std::vector<PackedCrl> crls;
};

/// Drops the images of CRLs that cannot count beside later complete ones of the same signer and
/// scope; deltas of a later one stay, since what they count with may stand elsewhere. True where
/// one is to have an image that has none.
bool drop_superseded(std::vector<PackedFile>& files);

/// A pack on its way into memory; `files` are in the order of their paths. Of images that are equal
/// one is kept: a folder may hold a file under several names.
class PackParts {
 public:
  explicit PackParts(const std::vector<PackedFile>& files);
  ImageParts parts() const { return parts_; }

 private:
  std::string head_;
  std::deque<std::string> gaps_;
  std::vector<std::string_view> parts_;
};

/// An immutable pack, its files in the order of their paths; safe for any number of threads.
class CrlPack {
 public:
  struct InForce {
    CrlImage image;
    const std::string& path;
  };

  /// An empty one.
  CrlPack();
  ~CrlPack();
  /// Opens what PackParts made. Throws std::runtime_error where it is damaged.
  explicit CrlPack(MappedImage mapped);
  CrlPack(const CrlPack&) = delete;
  CrlPack& operator=(const CrlPack&) = delete;

  std::uint64_t generation() const { return mapped_.generation; }
  const std::vector<PackedFile>& files() const { return files_; }
  /// Those that have an image.
  const std::vector<InForce>& crls() const { return crls_; }

 private:
  MappedImage mapped_;
  std::vector<PackedFile> files_;
  std::vector<InForce> crls_;
};

/// Which CRLs have passed their nextUpdate: of a file, those that came after `before`, and had
/// until `moment`, in seconds since 1970.
std::vector<RunOut> run_out_until(const PackedFile& file, const CrlPack& before,
                                  std::int64_t moment);
/// Of a pack, those that have between `told` and `now`; of deltas only the last is waited for.
std::vector<RunOut> run_out_between(const CrlPack& pack, std::int64_t told, std::int64_t now);

/// Throws std::runtime_error where the octets are no pack, or a damaged one.
void check_pack(std::string_view octets);
inline constexpr ImageFormat kPackFormat{200 + kCrlImageVersion, check_pack};

}  // namespace certmap
