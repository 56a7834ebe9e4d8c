// The folder of CertMapKeepCertificates (docs/directives.md): FOLDER/SHA256.der, each certificate
// once, the file's time the day on which it was last seen.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_set>

#include "core/certificate/certificate.h"

namespace certmap {

inline constexpr std::int64_t kMostKept = 100'000;

/// How the file of a certificate is called; `sha256` is its 32 octets.
std::string kept_name(std::string_view sha256);

/// What all processes know of the folder: zeroed memory that they share.
struct KeptMemory {
  std::atomic<std::int64_t> files;    ///< not fewer than are there
  std::atomic<std::int64_t> writing;  ///< those of them that may not be there yet
  std::atomic<std::int64_t> counted;  ///< when they were counted, in seconds since 1970
  std::atomic<std::int64_t> last_report_ms;
};

/// The folder as one process sees it. Any number of threads and processes may keep certificates in
/// it at once; others may delete from it, or move it away, at any time.
class KeptCertificates {
 public:
  /// `memory` outlives it.
  KeptCertificates(std::string folder, KeptMemory& memory);

  const std::string& folder() const { return folder_; }

  /// Counts what is there, for a process that begins. Throws std::system_error.
  void count(std::int64_t now);

  /// Keeps the certificate, or notes that it was seen today; at once where this process did so
  /// already, or has just failed. Returns false in the latter case. Throws std::system_error, or
  /// std::length_error where the folder is full or the certificate too big.
  bool keep(const Certificate& certificate, std::int64_t now);

 private:
  bool begin(const std::string& sha256, std::int64_t now, bool& done);
  void give_up(const std::string& sha256, std::int64_t now);
  void write(const Certificate& certificate, std::int64_t now);
  void create(const std::string& path, std::string_view der, bool is_new, std::int64_t now);
  bool take_place(std::int64_t now);

  const std::string folder_;
  KeptMemory& memory_;
  std::mutex mutex_;
  std::int64_t day_ = 0;
  std::int64_t failed_ = 0;               ///< when; 0: the last one was kept
  std::unordered_set<std::string> seen_;  ///< on day_
};

}  // namespace certmap
