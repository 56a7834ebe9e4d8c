#include "core/rule/gate.h"

#include <algorithm>
#include <cstdint>

#include "core/rule/regex.h"
#include "core/rule/regex_set.h"

namespace certmap {
namespace {

constexpr std::int64_t kSetMemory = 64 << 20;
/// So few rules are looked at sooner than the gate is.
constexpr std::size_t kFew = 2;

}  // namespace

Gate::PerAttribute& Gate::of(const Attribute& attribute) {
  const auto found = std::ranges::find(attributes_, attribute, &PerAttribute::attribute);
  if (found != attributes_.end()) return *found;
  attributes_.push_back({attribute, {}, nullptr});
  return attributes_.back();
}

void Gate::add(const Match& match, std::size_t rule) {
  auto& gate = of(match.attribute());
  for (const auto& key : match.keys()) gate.by_key[key].push_back(rule);
  if (match.is_regex() && !gate.regexes) gate.regexes = std::make_shared<RegexSet>(kSetMemory);
  for (const auto& regex : match.regexes()) {
    gate.regexes->add(regex->pattern(), rule);
  }
}

Gate::Gate(const std::vector<std::shared_ptr<const Rule>>& rules) {
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const auto line = std::ranges::find_if(rules[i]->matches,
                                           [](const Match& match) { return !match.is_negation(); });
    if (rules.size() <= kFew || line == rules[i]->matches.end())
      always_.push_back(i);
    else
      add(*line, i);
  }
  for (auto& gate : attributes_)
    if (gate.regexes) gate.regexes->compile();
}

std::vector<std::size_t> Gate::candidates(KnownValues& known) const {
  auto found = always_;
  for (const auto& gate : attributes_)
    for (const auto& value : known.of(gate.attribute)) {
      if (!gate.by_key.empty()) {
        const auto rules = gate.by_key.find(comparison_key(gate.attribute, value));
        if (rules != gate.by_key.end())
          found.insert(found.end(), rules->second.begin(), rules->second.end());
      }
      if (gate.regexes) gate.regexes->add_hits(text_of(value), found);
    }
  std::ranges::sort(found);
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace certmap
