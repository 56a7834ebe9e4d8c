// With many rules: which of them can apply at all, found without looking at each.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/rule/checked_certificate.h"
#include "core/rule/rule.h"

namespace certmap {

class RegexSet;

/// Files every rule under one of its `==` or `=~` lines. A rule that is not among the candidates
/// has a line that does not hold; a candidate is still to be checked in full. It never
/// changes once it is made: any number of threads may ask it.
class Gate {
 public:
  explicit Gate(const std::vector<std::shared_ptr<const Rule>>& rules);

  /// Indexes of rules, ascending.
  std::vector<std::size_t> candidates(KnownValues& known) const;

 private:
  struct PerAttribute {
    Attribute attribute;
    std::unordered_map<std::string, std::vector<std::size_t>> by_key;
    std::shared_ptr<RegexSet> regexes;  ///< of this attribute; null: none
  };
  PerAttribute& of(const Attribute& attribute);
  void add(const Match& match, std::size_t rule);

  std::vector<PerAttribute> attributes_;
  std::vector<std::size_t> always_;
};

}  // namespace certmap
