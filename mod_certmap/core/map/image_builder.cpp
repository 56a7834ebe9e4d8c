#include "core/map/image_builder.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>
#include <numeric>
#include <random>
#include <string>

#include "core/map/layout.h"
#include "core/text/calendar.h"
#include "core/text/error.h"

namespace certmap {
namespace {

std::size_t rank(const MapKind& kind) {
  return std::ranges::find(kStrongestFirst, kind.attribute.kind) - kStrongestFirst;
}

template <typename Number>
void append_fixed(PageBuffer& buffer, Number number) {
  std::memcpy(buffer.extend(sizeof number), &number, sizeof number);
}

/// Packs one record at a place that is known to be large enough.
class RecordWriter {
 public:
  explicit RecordWriter(char* at) : at_(at) {}
  const char* end() const { return at_; }

  void octets(std::string_view octets) {
    if (!octets.empty()) std::memcpy(at_, octets.data(), octets.size());
    at_ += octets.size();
  }
  void octet(std::size_t value) { *at_++ = static_cast<char>(value); }
  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) octet((value & 0x7f) | 0x80);
    octet(value);
  }
  void text(std::string_view text) {
    number(text.size());
    octets(text);
  }

 private:
  char* at_;
};

std::size_t most_octets(const MapLine& line) {
  constexpr std::size_t kNumber = 10, kFixed = 2 + sizeof line.expires + 4 * kNumber;
  std::size_t size = kFixed + line.key.size() + line.account.size();
  for (auto group : line.groups) size += kNumber + group.size();
  return size;
}

void write_record(RecordWriter& writer, const MapLine& line) {
  bool expires = line.expires != kForever, groups = !line.groups.empty();
  writer.octet(line.kind_index);
  std::uint8_t flags = 0;
  if (line.blocked) flags |= kBlocked;
  if (expires) flags |= kExpires;
  if (groups) flags |= kGroups;
  writer.octet(flags);
  writer.number(line.number);
  if (expires) writer.octets({reinterpret_cast<const char*>(&line.expires), sizeof line.expires});
  writer.text(line.key);
  writer.text(line.account);
  if (groups) writer.number(line.groups.size());
  for (auto group : line.groups) writer.text(group);
}

struct RecordKey {
  std::uint8_t kind;
  std::uint32_t line;
  std::string_view key;
};

RecordKey read_record_key(std::string_view record) {
  ImageReader reader(record);
  auto kind = reader.fixed<std::uint8_t>();
  auto flags = reader.fixed<std::uint8_t>();
  auto line = static_cast<std::uint32_t>(reader.number());
  if ((flags & kExpires) != 0) reader.fixed<std::int64_t>();
  return {kind, line, reader.text()};
}

}  // namespace

MapImageBuilder::MapImageBuilder() {
  std::random_device random;
  seed_ = std::uint64_t{random()} << 32 | random();
  records_.extend(1);
}

void MapImageBuilder::add(const MapLine& line) {
  std::size_t start = records_.size(), most = most_octets(line);
  if (start + most > std::numeric_limits<std::uint32_t>::max())
    throw ConfigError("the file is too large: its entries take more than 4 GiB; split it");
  RecordWriter writer(records_.extend(most));
  write_record(writer, line);
  records_.truncate(static_cast<std::size_t>(writer.end() - records_.data()));

  auto kind = static_cast<std::uint8_t>(line.kind_index);
  blocked_[kind] = blocked_[kind] || line.blocked;
  append_fixed(seen_, Seen{hash_key(seed_, kind, line.key), static_cast<std::uint32_t>(start)});
}

void MapImageBuilder::finish(const std::vector<MapKind>& kinds, LineMessages& errors) {
  head_.extend(sizeof(ImageHeader));
  write_kinds(kinds);
  std::size_t entries = seen_.size() / sizeof(Seen);
  slots_ = entries + entries / 2 + 1;
  slots_offset_ = head_.size();
  head_.extend(slots_ * sizeof(ImageSlot));
  const auto* seen = reinterpret_cast<const Seen*>(seen_.data());
  for (std::size_t i = 0; i < entries; ++i) insert(seen[i], errors);
  write_header(kinds.size());
}

void MapImageBuilder::write_kinds(const std::vector<MapKind>& kinds) {
  for (std::size_t id : order_of_kinds(kinds)) {
    append_fixed(head_, static_cast<std::uint8_t>(id));
    append_fixed(head_, static_cast<std::uint8_t>(blocked_[id]));
    append_fixed(head_, static_cast<std::uint16_t>(kinds[id].name.size()));
    head_.append(kinds[id].name);
  }
  head_.extend((alignof(ImageHeader) - head_.size() % alignof(ImageHeader)) % alignof(ImageHeader));
}

void MapImageBuilder::insert(const Seen& seen, LineMessages& errors) {
  auto* slots = reinterpret_cast<ImageSlot*>(head_.data() + slots_offset_);
  auto tag = static_cast<std::uint32_t>(seen.hash);
  std::uint64_t at = first_slot(seen.hash, slots_);
  while (slots[at].record != 0) {
    if (slots[at].tag == tag && is_duplicate(slots[at].record, seen.record, errors)) return;
    if (++at == slots_) at = 0;
  }
  slots[at] = {tag, seen.record};
}

bool MapImageBuilder::is_duplicate(std::uint32_t first, std::uint32_t second,
                                   LineMessages& errors) const {
  auto one = read_record_key(records_.view().substr(first));
  auto other = read_record_key(records_.view().substr(second));
  if (one.kind != other.kind || one.key != other.key) return false;
  errors.add(other.line,
             "duplicate key; the same certificate is named on line " + std::to_string(one.line));
  return true;
}

void MapImageBuilder::write_header(std::size_t kinds) {
  ImageHeader header{};
  kImageMagic.copy(header.magic, sizeof header.magic);
  header.version = kImageVersion;
  header.kinds = static_cast<std::uint32_t>(kinds);
  header.seed = seed_;
  header.entries = seen_.size() / sizeof(Seen);
  header.slots = slots_;
  header.slots_offset = slots_offset_;
  header.records_offset = head_.size();
  header.length = head_.size() + records_.size();
  std::memcpy(head_.data(), &header, sizeof header);
}

std::vector<std::size_t> order_of_kinds(const std::vector<MapKind>& kinds) {
  std::vector<std::size_t> order(kinds.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t index) { return rank(kinds[index]); });
  return order;
}

}  // namespace certmap
