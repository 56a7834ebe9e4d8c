#include "core/map/image.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace certmap {
namespace {

constexpr std::uint64_t kMaxSlots = std::uint64_t{1} << 32;

void check_header(const ImageHeader& header, std::size_t size) {
  bool ours = std::string_view(header.magic, sizeof header.magic) == kImageMagic &&
              header.version == kImageVersion && header.length == size;
  bool fits = header.slots > 0 && header.slots < kMaxSlots &&
              header.slots_offset >= sizeof header && header.slots_offset <= size &&
              header.slots <= (size - header.slots_offset) / sizeof(ImageSlot) &&
              header.records_offset >= header.slots_offset + header.slots * sizeof(ImageSlot) &&
              header.records_offset <= size;
  if (!ours || !fits) throw std::runtime_error("this is no map image of this version");
}

std::optional<MapEntry> read_if(ImageReader record, std::uint8_t kind, std::string_view key) {
  auto kind_there = record.fixed<std::uint8_t>();
  auto flags = record.fixed<std::uint8_t>();
  MapEntry entry;
  entry.line = static_cast<std::uint32_t>(record.number());
  entry.expires = (flags & kExpires) != 0 ? record.fixed<std::int64_t>() : kForever;
  if (kind_there != kind || record.text() != key) return std::nullopt;
  entry.blocked = (flags & kBlocked) != 0;
  entry.account = record.text();
  std::uint64_t groups = (flags & kGroups) != 0 ? record.number() : 0;
  for (; groups > 0; --groups) entry.groups.push_back(record.text());
  return entry;
}

}  // namespace

MapImage::MapImage(MappedImage mapped)
    : mapped_(std::move(mapped)), header_(ImageReader(mapped_.octets).fixed<ImageHeader>()) {
  const auto octets = mapped_.octets;
  check_header(header_, octets.size());
  slots_ = octets.substr(header_.slots_offset, header_.slots * sizeof(ImageSlot));
  records_ = octets.substr(header_.records_offset);
  read_kinds(ImageReader(octets.substr(sizeof header_, header_.slots_offset - sizeof header_)));
}

void MapImage::read_kinds(ImageReader reader) {
  for (std::uint32_t i = 0; i < header_.kinds; ++i) {
    ids_.push_back(reader.fixed<std::uint8_t>());
    bool blocked = reader.fixed<std::uint8_t>() != 0;
    kinds_.push_back(parse_key_attribute(reader.octets(reader.fixed<std::uint16_t>())));
    if (blocked) blocked_kinds_.push_back(kinds_.back());
  }
}

std::optional<MapEntry> MapImage::find(const Attribute& kind, std::string_view key) const {
  auto known = std::find(kinds_.begin(), kinds_.end(), kind);
  if (known == kinds_.end()) return std::nullopt;
  const auto id = ids_[static_cast<std::size_t>(known - kinds_.begin())];
  std::uint64_t hash = hash_key(header_.seed, id, key);
  std::uint64_t at = first_slot(hash, header_.slots);
  for (std::uint64_t probes = 0; probes < header_.slots; ++probes) {
    ImageSlot slot;
    std::memcpy(&slot, slots_.data() + at * sizeof slot, sizeof slot);
    if (slot.record == 0) return std::nullopt;
    if (slot.tag == static_cast<std::uint32_t>(hash) && slot.record < records_.size()) {
      auto entry = read_if(ImageReader(records_.substr(slot.record)), id, key);
      if (entry) return entry;
    }
    if (++at == header_.slots) at = 0;
  }
  return std::nullopt;
}

}  // namespace certmap
