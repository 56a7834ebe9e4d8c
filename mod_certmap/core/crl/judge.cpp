#include "core/crl/judge.h"

#include <openssl/err.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "core/certificate/openssl_der.h"
#include "core/crl/coverage.h"

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

bool is_named(X509* ca, const X509_NAME* name) {
  return X509_NAME_cmp(X509_get_subject_name(ca), name) == 0;
}

std::vector<std::size_t> issuers_of(X509* certificate, const std::vector<X509*>& cas) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < cas.size(); ++i)
    if (is_named(cas[i], X509_get_issuer_name(certificate)) &&
        X509_verify(certificate, X509_get0_pubkey(cas[i])) == 1)
      found.push_back(i);
  ERR_clear_error();
  return found;
}

CrlCa crl_ca(X509* ca, std::vector<std::size_t> issuers) {
  const auto facts = read_certificate(shared(ca));
  return {crl_signer(ca), comparison_key(facts.issuer), serial_key(facts), std::move(issuers)};
}

bool contains(const std::vector<X509*>& cas, const X509* ca) {
  return std::ranges::any_of(cas, [&](const X509* each) { return X509_cmp(each, ca) == 0; });
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
  std::map<CrlSeries, Group> groups;
  for (const auto* image : images) {
    auto& group = groups[image->facts().series()];
    if (image->facts().is_delta())
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

std::vector<CrlCa> crl_cas(const std::vector<X509*>& cas) {
  std::vector<CrlCa> found;
  for (auto* ca : cas) found.push_back(crl_ca(ca, issuers_of(ca, cas)));
  return found;
}

std::vector<CrlCa> with_cas_above(std::vector<CrlCa> found, std::vector<X509*> cas,
                                  const std::vector<std::vector<X509*>>& others) {
  for (std::size_t i = 0; i < cas.size(); ++i) {
    if (!found[i].issuers.empty()) continue;
    const auto* issuer = X509_get_issuer_name(cas[i]);
    for (const auto& set : others) {
      if (issuers_of(cas[i], set).empty()) continue;
      for (auto* ca : set)
        if (is_named(ca, issuer) && !contains(cas, ca)) {
          cas.push_back(ca);
          found.push_back(crl_ca(ca, {}));
        }
    }
    found[i].issuers = issuers_of(cas[i], cas);
  }
  return found;
}

CrlJudge::CrlJudge(std::vector<CrlCa> cas, std::vector<CrlSource> sources)
    : cas_(std::move(cas)), sources_(std::move(sources)), revoked_cas_(cas_.size()) {
  std::erase_if(sources_, [&](const CrlSource& source) {
    const auto& signer = source.complete->facts().signer;
    return std::ranges::find(cas_, signer, &CrlCa::signer) == cas_.end();
  });
  if (!sources_.empty()) find_revoked_cas();
}

std::optional<CrlHit> CrlJudge::listed(std::string_view serial, std::string_view issuer) const {
  for (const auto& source : sources_)
    if (source.complete->facts().signer.name == issuer)
      if (auto hit = source.find(serial)) return hit;
  return std::nullopt;
}

bool CrlJudge::has_living_issuer(const CrlCa& ca) const {
  return std::ranges::any_of(ca.issuers, [&](std::size_t i) { return !revoked_cas_[i]; });
}

// A CA falls with the last of those that issued it, those below it then, and so on. Nobody there
// issued a CA without issuers, so it falls only by being listed; and so does one that signed
// itself.
void CrlJudge::find_revoked_cas() {
  for (std::size_t i = 0; i < cas_.size(); ++i)
    if (const auto hit = listed(cas_[i].serial, cas_[i].issuer)) revoked_cas_[i] = {*hit, i};
  for (bool more = true; std::exchange(more, false);)
    for (std::size_t i = 0; i < cas_.size(); ++i) {
      const auto& ca = cas_[i];
      if (revoked_cas_[i] || ca.issuers.empty() || has_living_issuer(ca)) continue;
      revoked_cas_[i] = revoked_cas_[ca.issuers.front()];
      more = true;
    }
}

std::optional<Revoked> CrlJudge::revoked(const Certificate& certificate, std::size_t signer) const {
  if (sources_.empty()) return std::nullopt;
  const auto& id = cas_[signer].signer;
  if (const auto hit = listed(serial_key(certificate), id.name)) return Revoked{*hit, std::nullopt};
  for (std::size_t i = 0; i < cas_.size(); ++i)
    if (cas_[i].signer == id && !revoked_cas_[i]) return std::nullopt;
  return revoked_cas_[signer];
}

Known CrlJudge::known(const Certificate& certificate, std::size_t signer, const StalePolicy& policy,
                      std::int64_t now) const {
  Known known{.let_in = policy.allow_unknown};
  CoveredCertificate covered(certificate);
  std::int64_t latest = now;
  for (const auto& source : sources_) {
    const auto& facts = source.complete->facts();
    const auto end = facts.end(policy.grace);
    if (facts.signer != cas_[signer].signer || end <= latest || !covered.is_covered_by(facts.scope))
      continue;
    latest = end;
    known = {.crl = source.complete, .let_in = true, .until = end};
  }
  return known;
}

}  // namespace certmap
