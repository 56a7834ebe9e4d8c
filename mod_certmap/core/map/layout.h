// How an image lies in memory. Every offset and length in it is checked where it is read. A restart
// may put another build over old images: whatever changes here, or in the keys under which values
// compare, needs a new kImageVersion.
//
//   ImageHeader | kinds | slots | records
//
// kinds    in the order in which they are tried: u8 id, u8 blocked, u16 length, name
// slots    an open-addressing hash table with linear probing; record 0: a free slot
// records  packed: u8 kind id, u8 flags, line, [i64 expires], key, account, [number, groups…];
//          numbers are base-128, texts have their length before them; the first octet is unused
//
// Numbers of a fixed size are in the machine's byte order: an image never leaves it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <string_view>

namespace certmap {

inline constexpr std::string_view kImageMagic = "certmapI";
inline constexpr std::uint32_t kImageVersion = 2;

struct ImageHeader {
  char magic[8];
  std::uint32_t version;
  std::uint32_t kinds;
  std::uint64_t seed;
  std::uint64_t entries;
  std::uint64_t slots;
  std::uint64_t slots_offset;  ///< octets from the image's start, as the next two
  std::uint64_t records_offset;
  std::uint64_t length;
};

struct ImageSlot {
  std::uint32_t tag;     ///< lower half of the hash
  std::uint32_t record;  ///< octets from records_offset
};

enum RecordFlag : std::uint8_t { kBlocked = 1, kExpires = 2, kGroups = 4 };

/// `seed` differs from image to image, so that nobody can prepare keys that collide.
inline std::uint64_t hash_key(std::uint64_t seed, std::uint8_t kind, std::string_view key) {
  constexpr std::uint64_t kOdd = 0x9ddfea08eb382d69u, kMore = 0xc2b2ae3d27d4eb4fu;
  std::uint64_t hash = seed ^ (key.size() << 8 | kind) * kMore;
  for (std::size_t at = 0; at < key.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, key.data() + at, key.size() - at < 8 ? key.size() - at : 8);
    hash = (hash ^ word) * kOdd;
    hash ^= hash >> 32;
  }
  hash *= kMore;
  return hash ^ hash >> 29;
}

/// The slot where the search for a hash begins.
inline std::uint64_t first_slot(std::uint64_t hash, std::uint64_t slots) {
  return (hash >> 32) * slots >> 32;
}

/// Reads packed data; throws where it would leave it.
class ImageReader {
 public:
  explicit ImageReader(std::string_view octets) : rest_(octets) {}

  std::string_view octets(std::uint64_t length) {
    if (length > rest_.size()) throw std::runtime_error("a map image is damaged");
    std::string_view taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return taken;
  }
  template <typename Number>
  Number fixed() {
    Number number;
    std::memcpy(&number, octets(sizeof number).data(), sizeof number);
    return number;
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      auto octet = fixed<std::uint8_t>();
      value |= std::uint64_t{octet & 0x7fu} << shift;
      if (octet < 0x80) return value;
    }
    throw std::runtime_error("a map image is damaged");
  }
  std::string_view text() { return octets(number()); }

 private:
  std::string_view rest_;
};

}  // namespace certmap
