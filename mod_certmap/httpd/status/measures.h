// What the operator's page shows: one list for people and for programs.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/count/metrics.h"
#include "httpd/config/config.h"

namespace certmap {

using Labels = std::vector<std::pair<std::string, std::string>>;

/// What is no number, or is one of this moment only.
struct StatusText {
  std::string name;
  std::vector<std::string> of;  ///< which directory, which map file; may be none
  std::string text;
};

/// Of all processes of this server, at one moment. Times are seconds since 1970; 0: never.
struct Measures {
  double now = 0;
  std::vector<Metric> metrics;    ///< docs/tools.md has the table
  std::vector<StatusText> texts;  ///< not for Prometheus

  /// Throws std::logic_error where there is no metric of this name.
  const std::vector<Sample>& samples(std::string_view name) const;
  /// The sum of the samples of a metric that have all these labels, and this suffix.
  double sum(std::string_view name, const Labels& labels = {}, std::string_view suffix = {}) const;
  /// The text of that name; empty where there is none.
  std::string text(std::string_view name, const std::vector<std::string>& of = {}) const;
};

/// True where the sample has all these labels.
bool has_labels(const Sample& sample, const Labels& labels);

/// Reads counters that others go on to write.
Measures measure(const Configuration& configuration);

}  // namespace certmap
