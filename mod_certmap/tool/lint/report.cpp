#include "tool/lint/report.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "core/live/memory.h"
#include "core/map/build.h"
#include "core/map/image.h"
#include "core/map/parser.h"
#include "tool/lint/doubts.h"
#include "tool/mapfile/map_facts.h"

namespace certmap {
namespace {

/// The kinds that can shadow one kind of key.
struct Suspects {
  std::vector<Attribute> stronger, blocked;

  bool none() const { return stronger.empty() && blocked.empty(); }
};

Suspects suspects_of(const Attribute& kind, const MapImage& image) {
  Suspects suspects;
  for (const auto& other : image.kinds()) {
    if (other == kind) break;
    if (may_imply(kind, other)) suspects.stronger.push_back(other);
  }
  for (const auto& other : image.blocked_kinds())
    if (may_imply(kind, other)) suspects.blocked.push_back(other);
  return suspects;
}

class ShadowFinder {
 public:
  ShadowFinder(const MapImage& image, std::int64_t now) : image_(image), now_(now) {}

  std::optional<std::string> shadow_of(const MapLine& line) {
    if (line.blocked) return {};
    const auto& suspects = suspects_for(line);
    if (suspects.none()) return {};
    const KeyFacts facts(line.kind->attribute, line.value, line.key);
    if (auto blocked = block(facts, suspects)) return blocked;
    return stronger(facts, suspects);
  }

 private:
  const Suspects& suspects_for(const MapLine& line) {
    if (line.kind_index >= suspects_.size()) suspects_.resize(line.kind_index + 1);
    auto& suspects = suspects_[line.kind_index];
    if (!suspects) suspects = suspects_of(line.kind->attribute, image_);
    return *suspects;
  }

  template <typename Holds>
  std::optional<std::uint32_t> find(const KeyFacts& facts, const std::vector<Attribute>& kinds,
                                    Holds holds) const {
    for (const auto& kind : kinds)
      for (const auto& key : facts.keys(kind)) {
        const auto entry = image_.find(kind, key);
        if (entry && holds(*entry)) return entry->line;
      }
    return {};
  }

  std::optional<std::string> block(const KeyFacts& facts, const Suspects& suspects) const {
    const auto line = find(facts, suspects.blocked, [this](const MapEntry& entry) {
      return entry.blocked && is_in_force(entry.expires, now_);
    });
    if (!line) return {};
    return "this entry never decides: line " + std::to_string(*line) +
           " blocks every certificate that has this key";
  }

  std::optional<std::string> stronger(const KeyFacts& facts, const Suspects& suspects) const {
    const auto line =
        find(facts, suspects.stronger, [](const MapEntry& entry) { return !entry.blocked; });
    if (!line) return {};
    return "this entry never decides: every certificate that has this key has that of line " +
           std::to_string(*line) + ", which is stronger and hits first";
  }

  const MapImage& image_;
  const std::int64_t now_;
  std::vector<std::optional<Suspects>> suspects_;
};

constexpr auto kAll = std::numeric_limits<std::size_t>::max();

class Linter {
 public:
  Linter(std::string_view text, std::int64_t now, std::int64_t days)
      : text_(text), now_(now), days_(days) {}

  MapReport run(std::string_view path) {
    build_.read(text_);
    build_.finish();
    warn_of_shadows();
    return {.lines = texts(path),
            .entries = entries_,
            .errors = build_.messages().errors.count(),
            .warnings = build_.messages().warnings.count()};
  }

 private:
  void read(const MapLine& line) {
    ++entries_;
    warn(line.number, doubt_about_expiry(line, now_, days_));
    warn(line.number, doubt_about_key(line));
    warn(line.number, doubt_about_account(line));
    warn(line.number, doubt_about_groups(line));
  }

  void warn(std::uint32_t line, std::optional<std::string> doubt) {
    if (doubt) build_.messages().warnings.add(line, std::move(*doubt));
  }

  /// What the server makes of the text.
  MapImage image() const {
    const auto parts = build_.parts();
    const auto octets = std::make_shared<std::string>(parts[0]);
    octets->append(parts[1]);
    return MapImage(MappedImage{*octets, octets, 1});
  }

  /// Warns of entries that can never decide, because another key of the same file always hits
  /// first, or blocks, for every certificate that has theirs.
  void warn_of_shadows() {
    const auto image = this->image();
    const auto may_be_shadowed = [&](const Attribute& kind) {
      return !suspects_of(kind, image).none();
    };
    // Most files need no second look.
    if (std::ranges::none_of(image.kinds(), may_be_shadowed)) return;
    ShadowFinder finder(image, now_);
    MapMessages messages;
    MapParser parser([&](const MapLine& line) { warn(line.number, finder.shadow_of(line)); },
                     messages);
    parser.read(text_);
  }

  std::vector<std::string> texts(std::string_view path) {
    auto all = build_.messages().errors;
    for (const auto& [line, sentence] : build_.messages().warnings.in_order())
      all.add(line, "warning: " + sentence);
    return all.texts(path);
  }

  const std::string_view text_;
  const std::int64_t now_, days_;
  std::size_t entries_ = 0;
  MapBuild build_{[this](const MapLine& line) { read(line); }, kAll};
};

}  // namespace

MapReport report_on_map(std::string_view path, std::string_view text, std::int64_t now,
                        std::int64_t days) {
  return Linter(text, now, days).run(path);
}

}  // namespace certmap
