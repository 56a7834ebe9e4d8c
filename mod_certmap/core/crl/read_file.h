// One file of CRLs on its way into a pack.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "core/crl/crl_files.h"
#include "core/live/live_file.h"
#include "core/live/page_buffer.h"
#include "core/live/reading.h"

namespace certmap {

/// What was read of a file: its CRLs with their images, which it owns.
struct ReadCrls {
  FileLoad load;
  bool is_short = false;  ///< memory or descriptors were; it says nothing of the file
  bool is_gone = false;
  PackedFile file;
  std::deque<PageBuffer> images;
};

/// How one file is read.
struct CrlReading {
  const CrlAuthorities& authorities;
  bool in_folder;  ///< what nobody there signed is passed over
  std::int64_t now;
  const PackedFile* before;  ///< what is in force of it; null: nothing
};

/// Reads it where `may_read` its state; empty: not now, or it changed meanwhile. Errors are in the
/// result, and leave it without CRLs.
std::optional<ReadCrls> read_crls(const std::string& path, const CrlReading& reading,
                                  const std::function<bool(const FileStamp&)>& may_read);

}  // namespace certmap
