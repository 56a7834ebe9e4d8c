#include "core/count/metrics.h"

#include <unistr.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "core/text/words.h"

namespace certmap {
namespace {

constexpr std::string_view kPrefix = "certmap_";

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

/// Both formats are UTF-8; a path or a host name need not be.
std::string as_utf8(std::string_view text) {
  std::string clean(text);
  if (u8_check(reinterpret_cast<const uint8_t*>(text.data()), text.size()) != nullptr)
    std::ranges::replace_if(
        clean, [](char c) { return static_cast<unsigned char>(c) > 0x7e; }, '?');
  return clean;
}

std::string label_value(std::string_view text) {
  std::string escaped;
  for (const char c : as_utf8(text)) {
    if (c == '\\' || c == '"') escaped += '\\';
    if (c == '\n')
      escaped += "\\n";
    else
      escaped += c;
  }
  return escaped;
}

std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : as_utf8(text)) {
    if (!is_control(c)) {
      line += c;
      continue;
    }
    std::array<char, 8> code{};
    std::snprintf(code.data(), code.size(), "\\u%04x", static_cast<unsigned char>(c));
    line += code.data();
  }
  return line;
}

std::string_view word(Metric::Type type) {
  return word_of<Metric::Type::Histogram>(type, {"counter", "gauge", "histogram"});
}

std::string labels_text(const Sample& sample) {
  std::string text;
  for (const auto& [name, value] : sample.labels)
    text += (text.empty() ? "{" : ",") + name + "=\"" + label_value(value) + '"';
  return text.empty() ? text : text + '}';
}

void add_metric(std::string& text, const Metric& metric, Exposition format) {
  const std::string total = metric.type == Metric::Type::Counter ? "_total" : "";
  // A family's name has no "_total" in OpenMetrics.
  const auto family = metric.name + (format == Exposition::OpenMetrics ? "" : total);
  text += "# HELP " + family + ' ' + metric.help + '\n';
  text += "# TYPE " + family + ' ' + std::string(word(metric.type)) + '\n';
  for (const auto& sample : metric.samples)
    text += metric.name + total + sample.suffix + labels_text(sample) + ' ' +
            number_text(sample.value) + '\n';
}

/// certmap_map_file_entries: MapFileEntries
std::string camel_case(std::string_view name) {
  if (name.starts_with(kPrefix)) name.remove_prefix(kPrefix.size());
  std::string text;
  bool begins = true;
  for (const char c : name) {
    if (c != '_') text += begins && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    begins = c == '_';
  }
  return text;
}

}  // namespace

std::string number_text(double value) {
  std::array<char, 64> text{};
  const auto end = std::to_chars(text.begin(), text.end(), value, std::chars_format::fixed).ptr;
  return {text.begin(), end};
}

std::string expose(const std::vector<Metric>& metrics, Exposition format) {
  std::string text;
  for (const auto& metric : metrics)
    if (!metric.samples.empty()) add_metric(text, metric, format);
  if (format == Exposition::OpenMetrics) text += "# EOF\n";
  return text;
}

std::string name_value_line(std::string_view name, const std::vector<std::string>& labels,
                            std::string_view value) {
  std::string line = camel_case(name);
  for (const auto& label : labels)
    line += (&label == &labels.front() ? "(" : ",") + one_line(label);
  return line + (labels.empty() ? ": " : "): ") + one_line(value) + '\n';
}

std::string name_value_lines(const std::vector<Metric>& metrics) {
  std::string text;
  for (const auto& metric : metrics)
    for (const auto& sample : metric.samples) {
      std::vector<std::string> labels;
      for (const auto& [name, value] : sample.labels) labels.push_back(value);
      text += name_value_line(metric.name + sample.suffix, labels, number_text(sample.value));
    }
  return text;
}

}  // namespace certmap
