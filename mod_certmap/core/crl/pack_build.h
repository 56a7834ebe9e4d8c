// A pack on its way: what is in force of a CertMapCRL path, and what is read of its files now.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/crl/read_file.h"

namespace certmap {

/// True where one of its CRLs counts.
bool has_image(const PackedFile& file);

/// What `files` stand on must live as long as this.
struct PackBuild {
  using MayRead = std::function<bool(const std::string& path, const FileStamp& opened)>;

  const std::string& path;  ///< of CertMapCRL
  const CrlAuthorities& authorities;
  std::vector<PackedFile> files;
  bool is_folder;
  bool is_restart;
  bool is_touched = false;  ///< there is something to publish
  bool is_short = false;    ///< memory or descriptors were: to be tried again
  std::deque<ReadCrls> fresh;
  std::vector<FileLoad> loads;
  std::vector<std::pair<std::string, CrlFacts>> missing;  ///< by file: what it no longer has

  /// Takes what another pack has, to be read as if it were new; its octets live as long as this.
  void add_files_of(std::string_view pack);
  /// Reads a file of the path where `may_read` its state.
  void read(const std::string& file, const MayRead& may_read);
  /// After the last file: leaves what counts. A CRL counts again where the later one has gone; its
  /// file is read once more.
  void settle(const MayRead& may_read);

 private:
  void take(ReadCrls read);
  void keep_missing(const PackedFile& before, PackedFile& now);
  void tell_missing();
};

}  // namespace certmap
