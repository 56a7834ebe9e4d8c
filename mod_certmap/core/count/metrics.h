// Measurements as text: for Prometheus, and as "Name: value" lines.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace certmap {

/// One measurement. Those of a histogram have a `suffix`: "_bucket", "_sum", "_count".
struct Sample {
  std::vector<std::pair<std::string, std::string>> labels;
  double value = 0;
  std::string suffix;
};

/// `name` without "_total", which counters get where the format wants it. `labels` of its samples
/// are the same, in the same order.
struct Metric {
  enum class Type { Counter, Gauge, Histogram };
  std::string name;
  std::string help;
  Type type = Type::Counter;
  std::vector<Sample> samples;
};

/// Prometheus' text format 0.0.4, or OpenMetrics 1.0.0.
enum class Exposition { Prometheus, OpenMetrics };
std::string expose(const std::vector<Metric>& metrics, Exposition format);

/// A line for each: `certmap_decisions{reason="mapped"}` is `Decisions(mapped): 1`. Characters that
/// would end a line or hide are \uXXXX; a name ends at the first "): " or ": ".
std::string name_value_lines(const std::vector<Metric>& metrics);
/// One such line with text as its value.
std::string name_value_line(std::string_view name, const std::vector<std::string>& labels,
                            std::string_view value);

/// 12, 0.25: the shortest text that gives the number back.
std::string number_text(double value);

}  // namespace certmap
