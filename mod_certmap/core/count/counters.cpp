#include "core/count/counters.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/rule/rule.h"
#include "core/text/words.h"

namespace certmap {

std::string_view word(Outcome outcome) {
  return word_of<Outcome::Failed>(outcome, {"found", "none", "refused", "failed"});
}

Outcome outcome_of(Reason reason) {
  if (reason == Reason::Mapped) return Outcome::Found;
  if (reason == Reason::NoRuleMatched) return Outcome::None;
  return reason == Reason::BackendUnavailable ? Outcome::Failed : Outcome::Refused;
}

void DirectoryCounts::add_search(std::uint64_t nanoseconds) {
  const auto seconds = static_cast<double>(nanoseconds) / 1e9;
  const auto bucket = std::ranges::lower_bound(kSearchSeconds, seconds) - kSearchSeconds.begin();
  add(searches[static_cast<std::size_t>(bucket)]);
  add(search_nanoseconds, nanoseconds);
}

void Shard::add_lookup(const RuleSlots& slots, AnswerFrom from, Reason reason) {
  const auto outcome = static_cast<std::size_t>(outcome_of(reason));
  if (slots.map) add(maps[*slots.map][outcome]);
  if (slots.directory)
    add(directories[*slots.directory].lookups[static_cast<std::size_t>(from)][outcome]);
}

void Shard::add_connection(std::int64_t days) {
  const auto bucket = std::ranges::lower_bound(kDaysLeft, days) - kDaysLeft.begin();
  add(connections[static_cast<std::size_t>(bucket)]);
}

Shard& CounterMemory::join() { return shards[processes.fetch_add(1) % kShards]; }

std::size_t CounterMemory::used_shards() const {
  // The first process, which counts only where it serves requests itself, has the first shard.
  return std::clamp<std::uint64_t>(processes.load(), 1, kShards);
}

}  // namespace certmap
