#include "core/crl/run_out.h"

#include <algorithm>
#include <string>

#include "core/text/calendar.h"

namespace certmap {
namespace {

/// "crl/corp.crl: the CRL of CN=Corp CA has passed its nextUpdate, 2026-12-21T15:04:46Z".
RunOut run_out(const std::string& path, const CrlFacts& facts) {
  return {path, path + ": the " + (facts.is_delta() ? "delta " : "") + "CRL of " + facts.issuer +
                    " has passed its nextUpdate, " + utc_text(facts.next_update)};
}

/// First second at which it is no longer in force.
std::int64_t end_of(const CrlFacts& facts) {
  return facts.next_update >= kForever - 1 ? kForever : facts.next_update + 1;
}

bool is_followed(const CrlFacts& delta, const CrlPack& pack) {
  return delta.is_delta() && std::ranges::any_of(pack.crls(), [&](const auto& other) {
           const auto& facts = other.image.facts();
           return facts.is_delta() && facts.signer == delta.signer &&
                  facts.scope.der == delta.scope.der && is_before(delta.number, facts.number);
         });
}

}  // namespace

std::vector<RunOut> run_out_until(const PackedFile& file, std::int64_t moment) {
  std::vector<RunOut> found;
  for (const auto& crl : file.crls)
    if (!crl.image.empty() && end_of(crl.facts) <= moment)
      found.push_back(run_out(file.path, crl.facts));
  return found;
}

std::vector<RunOut> run_out_between(const CrlPack& pack, std::int64_t told, std::int64_t now) {
  std::vector<RunOut> found;
  for (const auto& [crl, file] : pack.crls())
    if (const auto end = end_of(crl.facts());
        told < end && end <= now && !is_followed(crl.facts(), pack))
      found.push_back(run_out(file, crl.facts()));
  return found;
}

}  // namespace certmap
