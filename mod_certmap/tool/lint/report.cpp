#include "tool/lint/report.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "core/map/build.h"
#include "core/map/image.h"
#include "tool/lint/doubts.h"
#include "tool/lint/shadows.h"

namespace certmap {
namespace {

constexpr auto kAll = std::numeric_limits<std::size_t>::max();

class Linter {
 public:
  Linter(std::string_view text, std::int64_t now, std::int64_t days)
      : text_(text), now_(now), days_(days) {}

  MapReport run(std::string_view path) {
    build_.read(text_);
    build_.finish();
    find_shadows();
    return {.lines = texts(path),
            .entries = entries_,
            .errors = build_.messages().errors.count(),
            .warnings = build_.messages().warnings.count()};
  }

 private:
  void read(const MapLine& line) {
    ++entries_;
    warn(line.number, doubt_about_expiry(line.blocked, line.expires, now_, days_));
    warn(line.number, doubt_about_key(line));
    warn(line.number, doubt_about_account(line));
    warn(line.number, doubt_about_groups(line));
  }

  void warn(std::uint32_t line, std::optional<std::string> doubt) {
    if (doubt) build_.messages().warnings.add(line, std::move(*doubt));
  }

  std::shared_ptr<const MapImage> image() const {
    const auto parts = build_.parts();
    const auto octets = std::make_shared<std::string>(parts[0]);
    octets->append(parts[1]);
    return std::make_shared<const MapImage>(*octets, octets, 1);
  }

  void find_shadows() {
    for_each_shadowed(text_, *image(), now_, [this](std::uint32_t line, std::string sentence) {
      build_.messages().warnings.add(line, std::move(sentence));
    });
  }

  std::vector<std::string> texts(std::string_view path) {
    auto all = build_.messages().errors.in_order();
    for (auto& [line, sentence] : build_.messages().warnings.in_order())
      all.emplace_back(line, "warning: " + sentence);
    std::ranges::stable_sort(all, {}, &LineMessage::first);
    std::vector<std::string> texts;
    for (const auto& [line, sentence] : all)
      texts.push_back(std::string(path) + ':' + std::to_string(line) + ": " + sentence);
    return texts;
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
