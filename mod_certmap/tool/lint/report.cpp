#include "tool/lint/report.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "core/map/image.h"
#include "core/map/image_builder.h"
#include "core/map/parser.h"
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
    parser_.read(text_);
    builder_.finish(parser_.kinds(), messages_.errors);
    find_shadows();
    return {.lines = texts(path),
            .entries = entries_,
            .errors = messages_.errors.count(),
            .warnings = messages_.warnings.count()};
  }

 private:
  void read(const MapLine& line) {
    builder_.add(line);
    ++entries_;
    warn(line.number, doubt_about_expiry(line.blocked, line.expires, now_, days_));
    warn(line.number, doubt_about_key(line));
    warn(line.number, doubt_about_account(line));
    warn(line.number, doubt_about_groups(line));
  }

  void warn(std::uint32_t line, std::optional<std::string> doubt) {
    if (doubt) messages_.warnings.add(line, std::move(*doubt));
  }

  std::shared_ptr<const MapImage> image() const {
    const auto parts = builder_.parts();
    const auto octets = std::make_shared<std::string>(parts[0]);
    octets->append(parts[1]);
    return std::make_shared<const MapImage>(*octets, octets, 1);
  }

  void find_shadows() {
    for_each_shadowed(text_, *image(), now_, [this](std::uint32_t line, std::string sentence) {
      messages_.warnings.add(line, std::move(sentence));
    });
  }

  std::vector<std::string> texts(std::string_view path) const {
    auto all = messages_.errors.in_order();
    for (auto& [line, sentence] : messages_.warnings.in_order())
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
  MapImageBuilder builder_;
  MapMessages messages_{LineMessages(kAll), LineMessages(kAll)};
  MapParser parser_{[this](const MapLine& line) { read(line); }, messages_};
};

}  // namespace

MapReport report_on_map(std::string_view path, std::string_view text, std::int64_t now,
                        std::int64_t days) {
  return Linter(text, now, days).run(path);
}

}  // namespace certmap
