// Packs the lines of a map file into an image (core/map/layout.h).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/live/page_buffer.h"
#include "core/map/parser.h"

namespace certmap {

/// Owns the pages of the image under construction. For one thread; MapBuild hands it the lines.
class MapImageBuilder {
 public:
  MapImageBuilder();

  /// Throws ConfigError where the image would grow too large.
  void add(const MapLine& line);
  /// Ends the image; reports keys that stand there twice.
  void finish(const std::vector<MapKind>& kinds, LineMessages& errors);
  /// The parts of the image, one after the other; the views end with the builder.
  std::array<std::string_view, 2> parts() const { return {head_.view(), records_.view()}; }

 private:
  struct Seen {
    std::uint64_t hash;
    std::uint32_t record;
  };

  void write_kinds(const std::vector<MapKind>& kinds);
  void insert(const Seen& seen, LineMessages& errors);
  bool is_duplicate(std::uint32_t first, std::uint32_t second, LineMessages& errors) const;
  void write_header(std::size_t kinds);

  std::uint64_t seed_;
  std::uint64_t slots_ = 0;
  std::size_t slots_offset_ = 0;
  std::array<bool, kMaxMapKinds> blocked_{};  ///< by MapLine::kind_index
  PageBuffer head_, records_, seen_;
};

/// The kinds of keys that are tried before all others (docs/map-file.md).
inline constexpr AttributeKind kStrongestFirst[] = {
    AttributeKind::Sha256, AttributeKind::Spki, AttributeKind::IssuerSerial, AttributeKind::Ski,
    AttributeKind::Sid,    AttributeKind::Upn,  AttributeKind::Krb5,         AttributeKind::Email,
    AttributeKind::Uri,    AttributeKind::Dns,  AttributeKind::Subject,
};

/// The order in which kinds of keys are tried, as indices of `kinds`.
std::vector<std::size_t> order_of_kinds(const std::vector<MapKind>& kinds);

}  // namespace certmap
