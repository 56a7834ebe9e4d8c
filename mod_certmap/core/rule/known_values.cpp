#include "core/rule/known_values.h"

#include <algorithm>

namespace certmap {

KnownValues::KnownValues(const Certificate& certificate) : certificate_(certificate) {}

const std::vector<Value>& KnownValues::of(const Attribute& attribute) {
  const auto found =
      std::ranges::find(known_, attribute, &std::pair<Attribute, std::vector<Value>>::first);
  if (found != known_.end()) return found->second;
  return known_.emplace_front(attribute, values_of(certificate_, attribute)).second;
}

}  // namespace certmap
