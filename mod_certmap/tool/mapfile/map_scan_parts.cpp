#include "tool/mapfile/map_scan_parts.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <future>
#include <mutex>
#include <random>
#include <thread>
#include <utility>

#include "core/map/fields.h"
#include "core/map/layout.h"

namespace certmap {
namespace {

constexpr std::size_t kLeastPart = 256 * 1024;  // octets
constexpr std::size_t kMostParts = 16;

/// What one processor read.
struct Part {
  MapScan scan;
  std::uint32_t lines = 0;
  std::vector<std::uint64_t> hashes;  ///< of kind and key
};

std::vector<std::string_view> split(std::string_view text) {
  const std::size_t processors = std::max(1u, std::thread::hardware_concurrency());
  const auto count =
      std::clamp(text.size() / kLeastPart, std::size_t{1}, std::min(processors, kMostParts));
  std::vector<std::string_view> parts;
  for (std::size_t left = count; left > 0; --left) {
    const auto newline = left == 1 ? text.npos : text.find('\n', text.size() / left);
    parts.push_back(text.substr(0, newline == text.npos ? newline : newline + 1));
    text.remove_prefix(parts.back().size());
  }
  return parts;
}

Part read_part(std::string_view text, const KeysOfKind& wanted, std::uint64_t seed) {
  Part part;
  WantedKeys keys(wanted);
  std::vector<std::uint64_t> seeds;  // by MapLine::kind_index
  MapMessages messages;
  MapParser parser(
      [&](const MapLine& line) {
        while (seeds.size() <= line.kind_index)
          seeds.push_back(hash_key(seed, 0, name_of(parser.kinds()[seeds.size()].attribute)));
        part.hashes.push_back(hash_key(seeds[line.kind_index], 0, line.key));
        if (keys.contain(line)) part.scan.hits.push_back(hit_of(line));
      },
      messages);
  parser.read(text);
  part.scan.error_count = messages.errors.count();
  part.scan.kinds = parser.kinds();
  part.lines = static_cast<std::uint32_t>(std::ranges::count(text, '\n'));
  std::ranges::sort(part.hashes);
  return part;
}

std::vector<Part> read_parts(std::string_view text, const KeysOfKind& wanted) {
  std::mutex one_at_a_time;
  const KeysOfKind guarded = [&](const Attribute& kind) {
    const std::lock_guard lock(one_at_a_time);
    return wanted(kind);
  };
  std::random_device random;
  const auto seed = std::uint64_t{random()} << 32 | random();
  std::vector<std::future<Part>> futures;
  for (const auto part : split(text))
    futures.push_back(
        std::async(std::launch::async, [=, &guarded] { return read_part(part, guarded, seed); }));
  std::vector<Part> parts;
  for (auto& future : futures) parts.push_back(future.get());
  return parts;
}

void unite(MapScan& all, Part& part, std::uint32_t lines_before) {
  for (auto& hit : part.scan.hits) {
    hit.line += lines_before;
    all.hits.push_back(std::move(hit));
  }
  for (auto& kind : part.scan.kinds)
    if (std::ranges::find(all.kinds, kind.attribute, &MapKind::attribute) == all.kinds.end())
      all.kinds.push_back(std::move(kind));
}

/// Two keys of the same hash may be one key.
bool has_repeated(std::vector<Part>& parts) {
  auto all = std::move(parts.front().hashes);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    const auto middle = static_cast<std::ptrdiff_t>(all.size());
    all.insert(all.end(), parts[i].hashes.begin(), parts[i].hashes.end());
    std::inplace_merge(all.begin(), all.begin() + middle, all.end());
  }
  return std::ranges::adjacent_find(all) != all.end();
}

/// Only the first line of a file may begin with one, but every part has a parser of its own.
bool has_byte_order_mark_inside(const std::vector<std::string_view>& parts) {
  return std::any_of(parts.begin() + 1, parts.end(),
                     [](std::string_view part) { return part.starts_with(kByteOrderMark); });
}

}  // namespace

std::optional<MapScan> scan_in_parts(std::string_view text, const KeysOfKind& wanted) {
  if (has_byte_order_mark_inside(split(text))) return {};
  auto parts = read_parts(text, wanted);
  MapScan scan;
  std::uint32_t lines = 0;
  for (auto& part : parts) {
    if (part.scan.error_count > 0) return {};
    unite(scan, part, lines);
    lines += part.lines;
  }
  if (scan.kinds.size() > kMaxMapKinds || has_repeated(parts)) return {};
  return scan;
}

}  // namespace certmap
