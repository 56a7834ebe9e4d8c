// What all processes of a server count: a layout for zeroed memory that they share, also over
// restarts and with other builds of this module. No pointers in it; no locks to use it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/count/name_slots.h"
#include "core/count/shared_text.h"
#include "core/rule/decision.h"

namespace certmap {

struct RuleSlots;

using Count = std::atomic<std::uint64_t>;
inline void add(Count& count, std::uint64_t more = 1) {
  count.fetch_add(more, std::memory_order_relaxed);
}

/// What a lookup came to.
enum class Outcome { Found, None, Refused, Failed };
/// "found", "none", "refused", "failed"
std::string_view word(Outcome outcome);
Outcome outcome_of(Reason reason);

inline constexpr std::size_t kOutcomes = static_cast<std::size_t>(Outcome::Failed) + 1;
/// Seconds of a search, at most; there is one more bucket for what takes longer.
inline constexpr std::array kSearchSeconds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                              0.1,   0.25,   0.5,   1.0,  2.5,   5.0};

/// Whole days that a certificate has left, at most; likewise.
inline constexpr std::array<std::int64_t, 4> kDaysLeft = {1, 7, 30, 90};

inline constexpr std::size_t kRuleSlots = 2048;
inline constexpr std::size_t kDirectorySlots = 64;
inline constexpr std::size_t kMapSlots = 256;
inline constexpr std::size_t kShards = 64;

/// Decisions: made for this request, or remembered with its connection.
struct DecisionCounts {
  Count made, remembered;
};

/// Requests on which rules were tried, by what the trial said beside what was in force.
struct TrialCounts {
  Count same, different;
  Count skipped;  ///< it was never made
};

struct DirectoryCounts {
  std::array<std::array<Count, kOutcomes>, kAnswersFrom> lookups;
  std::array<Count, kSearchSeconds.size() + 1> searches;  ///< by time, not summed up
  Count search_nanoseconds;

  void add_search(std::uint64_t nanoseconds);
};

/// What one process counts; where there are more processes than shards, some share one.
struct alignas(64) Shard {
  std::array<DecisionCounts, kReasons> decisions;
  std::array<Count, kReasons> refused;
  Count accepted;
  std::array<DecisionCounts, kRuleSlots> rules;
  std::array<TrialCounts, kRuleSlots> trials;
  TrialCounts trials_without_rule;
  std::array<DirectoryCounts, kDirectorySlots> directories;
  std::array<std::array<Count, kOutcomes>, kMapSlots> maps;
  std::array<Count, kDaysLeft.size() + 1> connections;  ///< of mapped users, by days left

  /// One connection of a mapped user, whose certificate has so many whole days left.
  void add_connection(std::int64_t days);
  /// One lookup for a rule, which has a map file or a directory.
  void add_lookup(const RuleSlots& slots, AnswerFrom from, Reason reason);
};

/// One word that says whether a directory answers; see ldap/directory/health.h.
struct HealthWord {
  std::atomic<std::uint32_t> down;
  std::atomic<std::int64_t> went_down;  ///< or was looked at since
};

/// Times are microseconds since 1970; 0: never.
struct DirectoryFacts {
  HealthWord health;
  std::atomic<std::int64_t> changed;  ///< when it last stopped or began to answer
  std::atomic<std::int64_t> failed;   ///< when it last stopped
  SharedText<256> error;              ///< why
};

struct MapFacts {
  std::atomic<std::int64_t> read;    ///< when the image in force was made
  std::atomic<std::int64_t> failed;  ///< when the file last could not be read
  std::atomic<bool> failing;         ///< that is how things are now
  Count failures;
  SharedText<256> error;
};

/// Zeros are its beginning. kCountersKey of httpd/base/retained.h rises with every change of it.
struct CounterMemory {
  std::atomic<std::int64_t> started;  ///< microseconds since 1970
  Count restarts;
  Count processes;  ///< that were started
  NameSlots<kRuleSlots> rules;
  NameSlots<kDirectorySlots> directories;
  NameSlots<kMapSlots> maps;
  std::array<DirectoryFacts, kDirectorySlots> directory_facts;
  std::array<MapFacts, kMapSlots> map_facts;
  std::array<Shard, kShards> shards;

  /// The shard of a process that begins.
  Shard& join();

  /// Sums up what `count(shard)` gives, a Count.
  template <typename Which>
  std::uint64_t total(Which count) const {
    std::uint64_t sum = 0;
    // Shards that nobody has written to take no memory until they are read.
    for (std::size_t i = 0; i < used_shards(); ++i)
      sum += count(shards[i]).load(std::memory_order_relaxed);
    return sum;
  }

 private:
  std::size_t used_shards() const;
};

/// As one process sees them.
struct Counters {
  CounterMemory* memory = nullptr;
  Shard* shard = nullptr;
};

}  // namespace certmap
