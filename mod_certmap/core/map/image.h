// A map file as a table that is searched where it lies: in memory that processes share.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/certificate/attribute.h"
#include "core/live/memory.h"
#include "core/map/layout.h"
#include "core/text/calendar.h"

namespace certmap {

/// True where what expires then still holds now.
inline bool is_in_force(std::int64_t expires, std::int64_t now) { return now < expires; }

struct MapEntry {
  bool blocked = false;
  std::string_view account;  ///< empty where blocked
  std::vector<std::string_view> groups;
  std::int64_t expires = 0;  ///< first second at which it no longer holds; kForever: never
  std::uint32_t line = 0;

  bool holds(std::int64_t now) const { return is_in_force(expires, now); }
};

/// An immutable image; safe for any number of threads. Views point into it.
class MapImage {
 public:
  /// Opens what MapImageBuilder made. Throws std::runtime_error where it is no such image.
  explicit MapImage(MappedImage mapped);

  /// The kinds of key that the file uses, in the order in which they are tried.
  const std::vector<Attribute>& kinds() const { return kinds_; }
  /// The kinds that have at least one blocked key.
  const std::vector<Attribute>& blocked_kinds() const { return blocked_kinds_; }
  std::optional<MapEntry> find(const Attribute& kind, std::string_view key) const;
  std::uint64_t entries() const { return header_.entries; }
  std::uint64_t generation() const { return mapped_.generation; }

 private:
  void read_kinds(ImageReader reader);

  MappedImage mapped_;
  ImageHeader header_;
  std::string_view slots_, records_;
  std::vector<Attribute> kinds_, blocked_kinds_;
  std::vector<std::uint8_t> ids_;  ///< of kinds_
};

}  // namespace certmap
