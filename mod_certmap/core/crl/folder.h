// Which files a CertMapCRL path stands for, and in which state they are.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/crl/pack.h"

namespace certmap {

/// True for the names that are read in a folder.
bool is_crl_name(std::string_view name);
/// True for the path itself, and for files that are read where it is a folder.
bool belongs_to(const std::string& path, std::string_view file);

/// One look at a path. What is in `known` and not there any more has a stamp, too. A folder that
/// cannot be read stands itself among `stamps`, with its error; then nothing is said of its files.
struct CrlLook {
  CrlLook(const std::string& path, const std::vector<PackedFile>& known);

  bool is_folder = false;
  std::map<std::string, FileStamp> stamps;  ///< by path
};

/// The state in which a file of a pack was read last; an empty one where it never was, and where it
/// is to be read again as it is.
FileStamp tried_of(const std::vector<PackedFile>& known, const std::string& file);

}  // namespace certmap
