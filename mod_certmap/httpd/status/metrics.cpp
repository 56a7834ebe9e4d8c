#include "httpd/status/metrics.h"

#include <cstddef>
#include <cstdint>
#include <utility>

namespace certmap {
namespace {

using Labels = std::vector<std::pair<std::string, std::string>>;
using Type = Metric::Type;

double number(std::uint64_t count) { return static_cast<double>(count); }

Metric one(std::string name, std::string help, Type type, double value, Labels labels = {}) {
  return {std::move(name), std::move(help), type, {{std::move(labels), value}}};
}

/// A metric with one sample for each of `facts`.
template <typename Facts, typename Value>
Metric each(std::string name, std::string help, Type type, const std::string& label,
            std::string Facts::*label_value, const std::vector<Facts>& facts, Value value) {
  Metric metric{std::move(name), std::move(help), type, {}};
  for (const auto& fact : facts)
    metric.samples.push_back({{{label, fact.*label_value}}, static_cast<double>(value(fact))});
  return metric;
}

void add_decided(Metric& metric, const Labels& labels, const Decided& decided) {
  for (const auto& [answer, count] :
       {std::pair("made", decided.made), std::pair("remembered", decided.remembered)}) {
    auto all = labels;
    all.emplace_back("answer", answer);
    metric.samples.push_back({std::move(all), number(count)});
  }
}

void add_server(std::vector<Metric>& all, const StatusFacts& facts) {
  all.push_back(one("certmap_build_info", "Version of mod_certmap; always 1.", Type::Gauge, 1,
                    {{"version", facts.version}}));
  all.push_back(one("certmap_start_time_seconds", "When httpd was started, as Unix time.",
                    Type::Gauge, facts.started));
  all.push_back(one("certmap_restarts", "Restarts since then that kept the first process.",
                    Type::Counter, number(facts.restarts)));
  all.push_back(one("certmap_processes_started", "Processes that were started to serve requests.",
                    Type::Counter, number(facts.processes)));
}

void add_decisions(std::vector<Metric>& all, const StatusFacts& facts) {
  Metric decisions{
      "certmap_decisions", "Requests by the decision for their certificate.", Type::Counter, {}};
  Metric refused{"certmap_refused", "Requests that were refused, by reason.", Type::Counter, {}};
  for (const auto& by : facts.reasons) {
    const std::string reason(word(by.reason));
    add_decided(decisions, {{"reason", reason}}, by.decided);
    if (by.reason != Reason::Mapped)
      refused.samples.push_back({{{"reason", reason}}, number(by.refused)});
  }
  Metric rules{"certmap_rule_decisions", "Requests that a rule decided.", Type::Counter, {}};
  for (const auto& by : facts.rules)
    add_decided(rules, {{"server", by.server}, {"rule", by.name}}, by.decided);
  all.push_back(std::move(decisions));
  all.push_back(std::move(rules));
  all.push_back(one("certmap_accepted", "Requests that got the account of their certificate.",
                    Type::Counter, number(facts.accepted)));
  all.push_back(std::move(refused));
}

void add_lookups(Metric& metric, const Labels& labels, const StatusFacts::Lookups& lookups) {
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    auto with_outcome = labels;
    with_outcome.emplace_back("outcome", word(static_cast<Outcome>(i)));
    metric.samples.push_back({std::move(with_outcome), number(lookups.counts[i])});
  }
}

/// "0.001", "1.0": as OpenMetrics wants it.
std::string bound_text(double seconds) {
  auto text = number_text(seconds);
  return text.find('.') == std::string::npos ? text + ".0" : text;
}

void add_histogram(Metric& metric, const StatusFacts::OfDirectory& directory) {
  const std::pair<std::string, std::string> label{"directory", directory.name};
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < directory.searches.size(); ++i) {
    count += directory.searches[i];
    const auto le = i < kSearchSeconds.size() ? bound_text(kSearchSeconds[i]) : "+Inf";
    metric.samples.push_back({{label, {"le", le}}, number(count), "_bucket"});
  }
  metric.samples.push_back({{label}, directory.search_seconds, "_sum"});
  metric.samples.push_back({{label}, number(count), "_count"});
}

void add_directories(std::vector<Metric>& all, const StatusFacts& facts) {
  using Directory = StatusFacts::OfDirectory;
  const auto of = [&](const char* name, const char* help, auto value) {
    all.push_back(
        each(name, help, Type::Gauge, "directory", &Directory::name, facts.directories, value));
  };
  of("certmap_directory_up", "Whether the directory answers.", [](auto& d) { return d.up; });
  of("certmap_directory_changed_timestamp_seconds",
     "When it last stopped or began to answer, as Unix time; 0: never.",
     [](auto& d) { return d.changed; });
  Metric lookups{"certmap_directory_lookups",
                 "Lookups by where their answer was found, and what it was.",
                 Type::Counter,
                 {}};
  Metric searches{"certmap_directory_search_duration_seconds",
                  "Time of a search in the directory, waiting for a connection included.",
                  Type::Histogram,
                  {}};
  for (const auto& directory : facts.directories) {
    for (std::size_t from = 0; from < kAnswersFrom; ++from)
      add_lookups(lookups,
                  {{"directory", directory.name},
                   {"from", std::string(word(static_cast<AnswerFrom>(from)))}},
                  directory.lookups[from]);
    add_histogram(searches, directory);
  }
  all.push_back(std::move(lookups));
  all.push_back(std::move(searches));
}

void add_maps(std::vector<Metric>& all, const StatusFacts& facts) {
  using Map = StatusFacts::OfMap;
  const auto of = [&](const char* name, const char* help, Type type, auto value) {
    all.push_back(each(name, help, type, "path", &Map::path, facts.maps, value));
  };
  Metric lookups{"certmap_map_file_lookups", "Lookups by what they found.", Type::Counter, {}};
  for (const auto& map : facts.maps) add_lookups(lookups, {{"path", map.path}}, map.lookups);
  all.push_back(std::move(lookups));
  of("certmap_map_file_generation", "Rises by one each time the file was read.", Type::Gauge,
     [](auto& map) { return map.generation; });
  of("certmap_map_file_entries", "Entries in force.", Type::Gauge,
     [](auto& map) { return map.entries; });
  of("certmap_map_file_read_timestamp_seconds",
     "When what is in force was read, as Unix time; 0: never.", Type::Gauge,
     [](auto& map) { return map.read; });
  of("certmap_map_file_good", "Whether the file was without errors when it was last looked at.",
     Type::Gauge, [](auto& map) { return !map.failing; });
  of("certmap_map_file_live", "Whether changes are noticed while httpd runs.", Type::Gauge,
     [](auto& map) { return map.live; });
  of("certmap_map_file_reload_failures", "Times that the file could not be read again.",
     Type::Counter, [](auto& map) { return map.failures; });
  of("certmap_map_file_failed_timestamp_seconds", "When that last was, as Unix time; 0: never.",
     Type::Gauge, [](auto& map) { return map.failed; });
}

void add_audits(std::vector<Metric>& all, const StatusFacts& facts) {
  using Audit = StatusFacts::OfAudit;
  all.push_back(each("certmap_audit_events", "Events written to the audit log.", Type::Counter,
                     "target", &Audit::target, facts.audits,
                     [](auto& audit) { return audit.written; }));
  all.push_back(each("certmap_audit_failures", "Events that could not be written.", Type::Counter,
                     "target", &Audit::target, facts.audits,
                     [](auto& audit) { return audit.failures; }));
}

}  // namespace

std::vector<Metric> status_metrics(const StatusFacts& facts) {
  std::vector<Metric> all;
  add_server(all, facts);
  add_decisions(all, facts);
  add_directories(all, facts);
  add_maps(all, facts);
  add_audits(all, facts);
  return all;
}

std::string status_lines(const StatusFacts& facts) {
  auto text = name_value_line("certmap_version", {}, facts.version);
  text += name_value_lines(status_metrics(facts));
  text += name_value_line("certmap_uptime_seconds", {}, number_text(facts.now - facts.started));
  for (const auto& map : facts.maps) {
    if (map.read > 0)
      text += name_value_line("certmap_map_file_age_seconds", {map.path},
                              number_text(facts.now - map.read));
    if (!map.error.empty())
      text += name_value_line("certmap_map_file_last_error", {map.path}, map.error);
  }
  for (const auto& directory : facts.directories)
    if (!directory.error.empty())
      text += name_value_line("certmap_directory_last_error", {directory.name}, directory.error);
  return text;
}

}  // namespace certmap
