#include "core/crl/set.h"

#include <map>
#include <string>
#include <tuple>

namespace certmap {
namespace {

struct Group {
  std::vector<const CrlImage*> complete;  // equally late
  std::vector<const CrlImage*> deltas;
};

void take_complete(const CrlImage* image, std::vector<const CrlImage*>& latest) {
  if (!latest.empty() && is_later(image->facts(), latest.front()->facts())) latest.clear();
  if (latest.empty() || !is_later(latest.front()->facts(), image->facts())) latest.push_back(image);
}

bool counts_with(const CrlFacts& delta, const CrlFacts& complete) {
  return !complete.number.empty() && !is_before(complete.number, *delta.base) &&
         is_before(complete.number, delta.number);
}

bool supersedes(const CrlFacts& delta, const CrlFacts& other) {
  if (delta.number != other.number) return is_before(other.number, delta.number);
  return delta.this_update > other.this_update;
}

const CrlImage* delta_for(const CrlImage& complete, const std::vector<const CrlImage*>& deltas) {
  const CrlImage* best = nullptr;
  for (const auto* delta : deltas)
    if (counts_with(delta->facts(), complete.facts()) &&
        (best == nullptr || supersedes(delta->facts(), best->facts())))
      best = delta;
  return best;
}

}  // namespace

std::optional<CrlHit> CrlSource::find(std::string_view serial) const {
  const auto own = complete->find(serial);
  const auto change = delta != nullptr ? delta->find(serial) : std::nullopt;
  if (change && change->reason != kRemoveFromCrl) return CrlHit{*change, delta};
  if (!own || (change && own->reason == kCertificateHold)) return std::nullopt;
  return CrlHit{*own, complete};
}

bool is_later(const CrlFacts& a, const CrlFacts& b) {
  if (a.this_update != b.this_update) return a.this_update > b.this_update;
  return is_before(b.number, a.number);
}

std::vector<CrlSource> sources_of(const std::vector<const CrlImage*>& images) {
  std::map<std::tuple<std::string, std::string, std::string>, Group> groups;
  for (const auto* image : images) {
    const auto& facts = image->facts();
    auto& group = groups[{facts.signer.name, facts.signer.key, facts.scope.der}];
    if (facts.is_delta())
      group.deltas.push_back(image);
    else
      take_complete(image, group.complete);
  }
  std::vector<CrlSource> sources;
  for (const auto& [key, group] : groups)
    for (const auto* complete : group.complete)
      sources.push_back({complete, delta_for(*complete, group.deltas)});
  return sources;
}

}  // namespace certmap
