#include "core/gate.h"

#include <re2/set.h>

#include <algorithm>
#include <new>

#include "core/regex.h"

namespace certmap {
namespace {

constexpr int kSetMemory = 64 << 20;

RE2::Options set_options() {
  auto options = regex_options();
  options.set_max_mem(kSetMemory);
  return options;
}

}  // namespace

struct Gate::RegexSet {
  RE2::Set set{set_options(), RE2::ANCHOR_BOTH};
  std::vector<std::size_t> rules;  ///< by the regex's number in the set

  /// RE2::Set may run out of its memory; then every rule of the set is a candidate.
  void add_hits(const std::string& text, std::vector<std::size_t>& found) const {
    std::vector<int> hits;
    RE2::Set::ErrorInfo error{};
    if (!set.Match(text, &hits, &error) && error.kind != RE2::Set::kNoError) {
      found.insert(found.end(), rules.begin(), rules.end());
      return;
    }
    for (const int hit : hits) found.push_back(rules[static_cast<std::size_t>(hit)]);
  }
};

Gate::PerAttribute& Gate::of(const Attribute& attribute) {
  const auto found = std::ranges::find(attributes_, attribute, &PerAttribute::attribute);
  if (found != attributes_.end()) return *found;
  attributes_.push_back({attribute, {}, nullptr});
  return attributes_.back();
}

void Gate::add(const Match& match, std::size_t rule) {
  auto& gate = of(match.attribute());
  for (const auto& key : match.keys()) gate.by_key[key].push_back(rule);
  if (match.is_regex() && !gate.regexes) gate.regexes = std::make_shared<RegexSet>();
  for (const auto& regex : match.regexes()) {
    gate.regexes->set.Add(regex->pattern(), nullptr);
    gate.regexes->rules.push_back(rule);
  }
}

Gate::Gate(const std::vector<std::shared_ptr<const Rule>>& rules) {
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const auto line = std::ranges::find_if(rules[i]->matches,
                                           [](const Match& match) { return !match.is_negation(); });
    if (line == rules[i]->matches.end())
      always_.push_back(i);
    else
      add(*line, i);
  }
  for (auto& gate : attributes_)
    if (gate.regexes && !gate.regexes->set.Compile()) throw std::bad_alloc();
}

std::vector<std::size_t> Gate::candidates(const Certificate& certificate) const {
  auto found = always_;
  for (const auto& gate : attributes_)
    for (const auto& value : values_of(certificate, gate.attribute)) {
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
