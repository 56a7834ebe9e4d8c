#include "httpd/status/measures.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <stdexcept>

#include "httpd/count/counters.h"
#include "httpd/status/crls.h"
#include "httpd/status/metric_list.h"
#include "ldap/directory/directory.h"

namespace certmap {
namespace {

double seconds(std::int64_t microseconds) { return static_cast<double>(microseconds) / 1e6; }

Labels with(Labels labels, const char* name, std::string_view value) {
  labels.emplace_back(name, value);
  return labels;
}

/// "0.001", "1.0", "+Inf": as OpenMetrics wants it.
std::string bound_text(std::size_t bucket) {
  if (bucket == kSearchSeconds.size()) return "+Inf";
  const auto text = number_text(kSearchSeconds[bucket]);
  return text.find('.') == std::string::npos ? text + ".0" : text;
}

class Meter {
 public:
  explicit Meter(const Configuration& configuration)
      : configuration_(configuration), memory_(*configuration.checked.counters.memory) {
    all_.now = seconds(apr_time_now());
    for (const auto& [name, help, type] : kMetrics) all_.metrics.push_back({name, help, type, {}});
  }

  Measures measure() {
    server();
    decisions();
    rules();
    trials();
    directories();
    maps();
    measure_crls(configuration_, all_);
    audits();
    return std::move(all_);
  }

 private:
  void add(std::string_view name, Labels labels, double value, const char* suffix = "") {
    std::ranges::find(all_.metrics, name, &Metric::name)
        ->samples.push_back({std::move(labels), value, suffix});
  }

  template <typename Which>
  double total(Which which) const {
    return static_cast<double>(memory_.total(which));
  }

  template <typename Counts>
  void add_decided(std::string_view name, const Labels& labels, Counts counts) {
    add(name, with(labels, "answer", "made"),
        total([&](const Shard& shard) -> auto& { return counts(shard).made; }));
    add(name, with(labels, "answer", "remembered"),
        total([&](const Shard& shard) -> auto& { return counts(shard).remembered; }));
  }

  template <typename Counts>
  void add_lookups(std::string_view name, const Labels& labels, Counts counts) {
    for (std::size_t i = 0; i < kOutcomes; ++i)
      add(name, with(labels, "outcome", word(static_cast<Outcome>(i))),
          total([&](const Shard& shard) -> auto& { return counts(shard)[i]; }));
  }

  void server() {
    const auto started = seconds(memory_.started);
    all_.texts.push_back({"certmap_version", {}, CERTMAP_VERSION});
    all_.texts.push_back({"certmap_uptime_seconds", {}, number_text(all_.now - started)});
    add("certmap_build_info", {{"version", CERTMAP_VERSION}}, 1);
    add("certmap_start_time_seconds", {}, started);
    add("certmap_restarts", {}, static_cast<double>(memory_.restarts));
    add("certmap_processes_started", {}, static_cast<double>(memory_.processes));
  }

  void decisions() {
    for (std::size_t i = 0; i < kReasons; ++i) {
      const auto reason = static_cast<Reason>(i);
      const Labels labels{{"reason", std::string(word(reason))}};
      add_decided(
          "certmap_decisions",
          labels, [i](const Shard& shard) -> auto& { return shard.decisions[i]; });
      add("certmap_refused", labels,
          total([i](const Shard& shard) -> auto& { return shard.refused[i]; }));
    }
    add("certmap_accepted", {}, total([](const Shard& shard) -> auto& { return shard.accepted; }));
    for (std::size_t i = 0; i <= kDaysLeft.size(); ++i)
      add("certmap_connections",
          {{"days_left", i < kDaysLeft.size() ? std::to_string(kDaysLeft[i]) : "more"}},
          total([i](const Shard& shard) -> auto& { return shard.connections[i]; }));
  }

  /// Also those that the configuration has no more: their decisions are in the sums.
  void rules() {
    for (std::uint32_t slot = 1; slot <= memory_.rules.last(); ++slot) rule(slot);
    const auto others =
        total([](const Shard& shard) -> auto& { return shard.rules[0].made; }) +
        total([](const Shard& shard) -> auto& { return shard.rules[0].remembered; });
    if (others > 0) rule(0);
  }

  void rule(std::uint32_t slot) {
    const auto [server, name] = memory_.rules.name(slot);
    add_decided(
        "certmap_rule_decisions",
        {{"server", server}, {"rule", name}}, [slot](const Shard& shard) -> auto& {
          return shard.rules[slot];
        });
  }

  /// Only of rules that were tried.
  void trials() {
    for (std::uint32_t slot = 0; slot <= memory_.rules.last(); ++slot) {
      const auto [server, name] = memory_.rules.name(slot);
      add_trials(
          {{"server", server}, {"rule", name}}, [slot](const Shard& shard) -> auto& {
            return shard.trials[slot];
          });
    }
    add_trials(
        {{"server", ""}, {"rule", "(none)"}},
        [](const Shard& shard) -> auto& { return shard.trials_without_rule; });
  }

  template <typename Counts>
  void add_trials(const Labels& labels, Counts counts) {
    const auto same = total([&](const Shard& shard) -> auto& { return counts(shard).same; });
    const auto different =
        total([&](const Shard& shard) -> auto& { return counts(shard).different; });
    const auto skipped = total([&](const Shard& shard) -> auto& { return counts(shard).skipped; });
    if (same + different + skipped == 0) return;
    add("certmap_trials", with(labels, "result", "same"), same);
    add("certmap_trials", with(labels, "result", "different"), different);
    add("certmap_trials", with(labels, "result", "skipped"), skipped);
  }

  /// Those that share the slot for others are up where all of them are.
  void directories() {
    std::map<std::uint32_t, bool> up;
    for (const auto& each : configuration_.checked.directories) {
      const auto slot = configuration_.checked.directory_slots.at(each.get());
      const auto found = up.try_emplace(slot, memory_.directory_facts[slot].health.down == 0).first;
      found->second = found->second && each->is_up();
    }
    for (const auto& [slot, is_up] : up) directory(slot, is_up);
  }

  void directory(std::uint32_t slot, bool is_up) {
    const auto& facts = memory_.directory_facts[slot];
    const auto name = memory_.directories.name(slot).name;
    const Labels labels{{"directory", name}};
    add("certmap_directory_up", labels, is_up);
    add("certmap_directory_changed_timestamp_seconds", labels, seconds(facts.changed));
    add("certmap_directory_failed_timestamp_seconds", labels, seconds(facts.failed));
    for (std::size_t from = 0; from < kAnswersFrom; ++from)
      add_lookups(
          "certmap_directory_lookups", with(labels, "from", word(static_cast<AnswerFrom>(from))),
          [&](const Shard& shard) -> auto& { return shard.directories[slot].lookups[from]; });
    searches(slot, labels);
    error("certmap_directory_last_error", name, facts.error.get());
  }

  void searches(std::uint32_t slot, const Labels& labels) {
    constexpr std::string_view kName = "certmap_directory_search_duration_seconds";
    double count = 0;
    for (std::size_t i = 0; i <= kSearchSeconds.size(); ++i) {
      count +=
          total([&](const Shard& shard) -> auto& { return shard.directories[slot].searches[i]; });
      add(kName, with(labels, "le", bound_text(i)), count, "_bucket");
    }
    const auto nanoseconds = total([&](const Shard& shard) -> auto& {
      return shard.directories[slot].search_nanoseconds;
    });
    add(kName, labels, nanoseconds / 1e9, "_sum");
    add(kName, labels, count, "_count");
  }

  void maps() {
    std::set<std::uint32_t> seen;
    for (const auto& [path, file] : configuration_.lines.resources.map_files()) {
      const auto slot = slot_of(*file);
      if (seen.insert(slot).second) map(*file, slot);
    }
  }

  void map(const MapFile& file, std::uint32_t slot) {
    const auto& facts = memory_.map_facts[slot];
    const auto name = memory_.maps.name(slot).name;
    const Labels labels{{"path", name}};
    const auto image = file.image();
    const auto read = seconds(facts.read);
    add_lookups(
        "certmap_map_file_lookups",
        labels, [slot](const Shard& shard) -> auto& { return shard.maps[slot]; });
    add("certmap_map_file_generation", labels,
        static_cast<double>(image ? image->generation() : 0));
    add("certmap_map_file_entries", labels, static_cast<double>(image ? image->entries() : 0));
    add("certmap_map_file_read_timestamp_seconds", labels, read);
    add("certmap_map_file_good", labels, !facts.failing);
    add("certmap_map_file_live", labels, configuration_.in_force.watched.contains(&file));
    add("certmap_map_file_reload_failures", labels, static_cast<double>(facts.failures));
    add("certmap_map_file_failed_timestamp_seconds", labels, seconds(facts.failed));
    if (read > 0)
      all_.texts.push_back({"certmap_map_file_age_seconds", {name}, number_text(all_.now - read)});
    error("certmap_map_file_last_error", name, facts.error.get());
  }

  void error(const char* name, const std::string& of, std::string text) {
    if (!text.empty()) all_.texts.push_back({name, {of}, std::move(text)});
  }

  void audits() {
    std::set<std::string> seen;
    for (const auto& log : configuration_.in_force.audit_logs.all()) {
      const auto* counters = log->counters();
      if (!counters) continue;
      // Programs are shown without their arguments, so two may look the same.
      auto target = log->target().label;
      for (int number = 2; !seen.insert(target).second; ++number)
        target = log->target().label + " (" + std::to_string(number) + ")";
      // A failure has its number already.
      const auto failed = static_cast<double>(counters->failed.load());
      add("certmap_audit_events", {{"target", target}},
          static_cast<double>(counters->sequence.load()));
      add("certmap_audit_failures", {{"target", target}}, failed);
    }
  }

  const Configuration& configuration_;
  const CounterMemory& memory_;
  Measures all_;
};

}  // namespace

const std::vector<Sample>& Measures::samples(std::string_view name) const {
  const auto metric = std::ranges::find(metrics, name, &Metric::name);
  if (metric == metrics.end()) throw std::logic_error("no metric " + std::string(name));
  return metric->samples;
}

double Measures::sum(std::string_view name, const Labels& labels, std::string_view suffix) const {
  double sum = 0;
  for (const auto& sample : samples(name))
    if (sample.suffix == suffix && has_labels(sample, labels)) sum += sample.value;
  return sum;
}

std::string Measures::text(std::string_view name, const std::vector<std::string>& of) const {
  for (const auto& each : texts)
    if (each.name == name && each.of == of) return each.text;
  return {};
}

bool has_labels(const Sample& sample, const Labels& labels) {
  return std::ranges::all_of(labels, [&](const auto& label) {
    return std::ranges::find(sample.labels, label) != sample.labels.end();
  });
}

Measures measure(const Configuration& configuration) { return Meter(configuration).measure(); }

}  // namespace certmap
