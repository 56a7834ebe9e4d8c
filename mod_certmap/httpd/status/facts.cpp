#include "httpd/status/facts.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

namespace certmap {
namespace {

double seconds(std::int64_t microseconds) { return static_cast<double>(microseconds) / 1e6; }

template <typename Counts>
Decided decided(const CounterMemory& memory, Counts counts) {
  return {.made = memory.total([&](const Shard& shard) -> auto& { return counts(shard).made; }),
          .remembered =
              memory.total([&](const Shard& shard) -> auto& { return counts(shard).remembered; })};
}

template <typename Counts>
StatusFacts::Lookups lookups(const CounterMemory& memory, Counts counts) {
  StatusFacts::Lookups lookups;
  for (std::size_t i = 0; i < kOutcomes; ++i)
    lookups.counts[i] = memory.total([&](const Shard& shard) -> auto& { return counts(shard)[i]; });
  return lookups;
}

std::vector<StatusFacts::ByReason> reasons(const CounterMemory& memory) {
  std::vector<StatusFacts::ByReason> all;
  for (std::size_t i = 0; i < kReasons; ++i)
    all.push_back({.reason = static_cast<Reason>(i),
                   .decided = decided(
                       memory, [&](const Shard& s) -> auto& { return s.decisions[i]; }),
                   .refused = memory.total([&](const Shard& s) -> auto& { return s.refused[i]; })});
  return all;
}

/// Also those that the configuration has no more: their decisions are in the sums.
std::vector<StatusFacts::ByRule> rules(const CounterMemory& memory) {
  std::vector<StatusFacts::ByRule> all;
  const auto of = [&](std::uint32_t slot) {
    return decided(
        memory, [&](const Shard& s) -> auto& { return s.rules[slot]; });
  };
  for (std::uint32_t slot = 1; slot <= memory.rules.last(); ++slot) {
    auto [server, name] = memory.rules.name(slot);
    all.push_back({.server = std::move(server), .name = std::move(name), .decided = of(slot)});
  }
  if (const auto others = of(0); others.made + others.remembered > 0)
    all.push_back({.server = "", .name = "(others)", .decided = others});
  return all;
}

StatusFacts::OfDirectory directory(const CounterMemory& memory, std::uint32_t slot) {
  const auto& facts = memory.directory_facts[slot];
  StatusFacts::OfDirectory all{.name = slot == 0 ? "(others)" : memory.directories.name(slot).name,
                               .up = facts.health.down == 0,
                               .changed = seconds(facts.changed),
                               .failed = seconds(facts.failed),
                               .error = facts.error.get()};
  for (std::size_t from = 0; from < kAnswersFrom; ++from)
    all.lookups[from] = lookups(
        memory, [&](const Shard& s) -> auto& { return s.directories[slot].lookups[from]; });
  for (std::size_t i = 0; i < all.searches.size(); ++i)
    all.searches[i] =
        memory.total([&](const Shard& s) -> auto& { return s.directories[slot].searches[i]; });
  const auto nanoseconds =
      memory.total([&](const Shard& s) -> auto& { return s.directories[slot].search_nanoseconds; });
  all.search_seconds = static_cast<double>(nanoseconds) / 1e9;
  return all;
}

/// Those that share the slot for others are up where all of them are.
std::vector<StatusFacts::OfDirectory> directories(const Configuration& configuration) {
  std::map<std::uint32_t, StatusFacts::OfDirectory> by_slot;
  for (const auto& each : configuration.directories) {
    const auto slot = configuration.directory_slots.at(each.get());
    auto [found, is_new] = by_slot.try_emplace(slot);
    if (is_new) found->second = directory(*configuration.counters.memory, slot);
    found->second.up = found->second.up && each->is_up();
  }
  std::vector<StatusFacts::OfDirectory> all;
  for (auto& [slot, each] : by_slot) all.push_back(std::move(each));
  return all;
}

StatusFacts::OfMap map(const Configuration& configuration, const MapFile& file,
                       std::uint32_t slot) {
  const auto& memory = *configuration.counters.memory;
  const auto& facts = memory.map_facts[slot];
  const auto image = file.image();
  return {.path = slot == 0 ? "(others)" : memory.maps.name(slot).name,
          .generation = image ? image->generation() : 0,
          .entries = image ? image->entries() : 0,
          .failures = facts.failures,
          .read = seconds(facts.read),
          .failed = seconds(facts.failed),
          .failing = facts.failing,
          .live = configuration.watched_maps.contains(file.path()),
          .error = facts.error.get(),
          .lookups = lookups(
              memory, [&](const Shard& s) -> auto& { return s.maps[slot]; })};
}

std::vector<StatusFacts::OfMap> maps(const Configuration& configuration) {
  std::vector<StatusFacts::OfMap> all;
  std::set<std::uint32_t> seen;
  for (const auto& [path, file] : configuration.resources.map_files()) {
    const auto slot = configuration.map_slots.at(path);
    if (seen.insert(slot).second) all.push_back(map(configuration, *file, slot));
  }
  return all;
}

/// Programs are shown without their arguments, so two may look the same.
std::string unique_target(const std::vector<StatusFacts::OfAudit>& all, const std::string& label) {
  std::string target = label;
  const auto is_taken = [&] {
    return std::ranges::count(all, target, &StatusFacts::OfAudit::target);
  };
  for (int number = 2; is_taken() > 0; ++number)
    target = label + " (" + std::to_string(number) + ")";
  return target;
}

std::vector<StatusFacts::OfAudit> audits(const Configuration& configuration) {
  std::vector<StatusFacts::OfAudit> all;
  for (const auto& log : configuration.audit_logs.all()) {
    const auto* counters = log->counters();
    if (!counters) continue;
    const auto failures = counters->failed.load();
    const auto begun = counters->sequence.load();
    all.push_back({.target = unique_target(all, log->target().label),
                   .written = begun - std::min(begun, failures),
                   .failures = failures});
  }
  return all;
}

}  // namespace

StatusFacts status_facts(const Configuration& configuration) {
  const auto& memory = *configuration.counters.memory;
  return {.version = CERTMAP_VERSION,
          .now = seconds(apr_time_now()),
          .started = seconds(memory.started),
          .restarts = memory.restarts,
          .processes = memory.processes,
          .accepted = memory.total([](const Shard& s) -> auto& { return s.accepted; }),
          .reasons = reasons(memory),
          .rules = rules(memory),
          .directories = directories(configuration),
          .maps = maps(configuration),
          .audits = audits(configuration)};
}

}  // namespace certmap
