#include "core/rule/checked_certificate.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

namespace certmap {

std::vector<Value> CheckedCertificate::values(const Attribute& attribute) const {
  std::vector<Value> values;
  std::ranges::copy_if(known_.of(attribute), std::back_inserter(values), [&](const Value& value) {
    return std::ranges::all_of(matches_, [&](const Match& match) {
      return match.is_negation() || match.attribute() != attribute || match.hits(value);
    });
  });
  return values;
}

Choice<Value> CheckedCertificate::value(const Attribute& attribute, int index) const {
  const auto found = values(attribute);
  if (found.empty()) return {};
  if (index == 0) {
    const auto first = text_of(found[0]);
    const bool differ =
        std::ranges::any_of(found, [&](const Value& other) { return text_of(other) != first; });
    return {.value = found[0], .ambiguous = differ};
  }
  const auto count = static_cast<long>(found.size());
  const long position = index > 0 ? index - 1 : count + index;
  if (position < 0 || position >= count) return {};
  return {.value = found[static_cast<std::size_t>(position)]};
}

Choice<std::string> CheckedCertificate::capture(std::size_t line, std::string_view group) const {
  Choice<std::string> choice;
  bool first = true;
  for (const auto& value : values(matches_[line].attribute())) {
    const auto captures = matches_[line].capture(value);
    if (!captures) continue;
    const auto captured = captures->find(group);
    auto found = captured == captures->end() ? std::nullopt : std::optional(captured->second);
    if (!first && found != choice.value) choice.ambiguous = true;
    if (first) choice.value = std::move(found);
    first = false;
  }
  return choice;
}

}  // namespace certmap
