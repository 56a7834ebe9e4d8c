// A CRL as a table that is searched where it lies: in memory that processes share. It has no
// pointers, so it may lie anywhere; numbers are in the machine's byte order, since an image never
// leaves it. Whatever changes in the layout needs a new kCrlImageVersion.
//
//   CrlImageHeader | facts | records, sorted | texts
//
// A record is kCrlRecordOctets long: u8 length of the serial, 20 octets of it (longer ones have
// u64 offset, u64 length into texts instead, and 255 as length), u8 reason, u32 date; 26 MB for a
// million.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/crl/crl.h"
#include "core/crl/facts.h"
#include "core/live/page_buffer.h"

namespace certmap {

struct Revocation {
  std::int64_t date = 0;
  std::uint8_t reason = kUnspecified;
};

inline constexpr std::uint32_t kCrlImageVersion = 2;
inline constexpr std::size_t kCrlSerialOctets = 20;  ///< RFC 5280 section 4.1.2.2
inline constexpr std::size_t kCrlRecordOctets = 1 + kCrlSerialOctets + 1 + 4;

/// Makes the image of a CRL that `signer` signed, as check_signature() found, in two steps: the CRL
/// is not needed for the second, which needs as much memory again as the entries have. `image` is
/// empty, and gives its memory back to the system. Throws ConfigError as read_entries() does, and
/// std::system_error where memory cannot be had. Of a serial that is there twice the later entry
/// counts.
void take_crl_entries(const Crl& crl, const CrlSigner& signer, PageBuffer& image);
void sort_crl_entries(PageBuffer& image);

/// An immutable image; safe for any number of threads.
class CrlImage {
 public:
  /// Opens what sort_crl_entries() left; the caller keeps `octets`. Throws std::runtime_error where
  /// they are no such image.
  explicit CrlImage(std::string_view octets);

  /// The entry of a serial as serial_key() has it; of any length. Throws std::runtime_error where
  /// the image turns out to be damaged: who is asking must be refused then, for nobody knows
  /// whether he is on it.
  std::optional<Revocation> find(std::string_view serial) const;
  std::uint64_t entries() const { return count_; }
  const CrlFacts& facts() const { return facts_; }

 private:
  CrlFacts facts_;
  std::uint64_t count_ = 0;
  std::string_view records_, texts_;
};

}  // namespace certmap
