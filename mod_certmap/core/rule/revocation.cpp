#include "core/rule/revocation.h"

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <utility>

#include "core/text/calendar.h"

namespace certmap {
namespace {

template <typename T>
void add_once(std::vector<T>& all, const T& one) {
  if (std::ranges::find(all, one) == all.end()) all.push_back(one);
}

}  // namespace

RevocationView::RevocationView(const std::vector<Set>& sets,
                               const std::vector<std::shared_ptr<CrlFiles>>& files) {
  std::vector<const CrlImage*> images;
  for (const auto& file : files) {
    const auto& pack = packs_.emplace_back(file->pack());
    generation_ += pack->generation();
    for (const auto& crl : pack->crls()) images.push_back(&crl.image);
  }
  sources_ = sources_of(images);
  for (const auto& [issuers, cas] : sets)
    if (!sources_.empty()) seen_.push_back({issuers, CrlJudge(cas, sources_)});
}

const std::string& RevocationView::path_of(const CrlImage* crl) const {
  for (const auto& pack : packs_)
    for (const auto& each : pack->crls())
      if (&each.image == crl) return each.path;
  throw std::logic_error("a CRL of no file");
}

/// "crl/corp.crl (CN=Corp CA, number 5)"
std::string RevocationView::name_of(const CrlImage* crl) const {
  const auto& facts = crl->facts();
  return path_of(crl) + " (" + facts.issuer +
         (facts.number.empty() ? "" : ", number " + crl_number(facts.number)) + ")";
}

std::optional<RevokedFinding> RevocationView::revoked(const Certificate& certificate,
                                                      std::int64_t now) const {
  for (const auto& [set, judge] : seen_) {
    if (!judge.has_sources()) continue;
    const auto signer = set->signer(certificate, now);
    const auto found = signer ? judge.revoked(certificate, *signer) : std::nullopt;
    if (!found) continue;
    RevokedEntry entry{found->entry.date, crl_reason(found->entry.reason), path_of(found->crl)};
    auto detail = std::string(found->ca ? "a CA above it is on " : "it is on ") +
                  name_of(found->crl) + " since " + utc_text(entry.at) + ", reason " + entry.reason;
    return RevokedFinding{std::move(entry), std::move(detail)};
  }
  return std::nullopt;
}

std::string RevocationView::why_unknown(const CrlSigner& signer, const StalePolicy& stale,
                                        std::int64_t now) const {
  std::string why;
  for (const auto& source : sources_) {
    const auto& facts = source.complete->facts();
    if (facts.signer != signer) continue;
    const bool is_over = now > facts.next_update && now - facts.next_update > stale.grace;
    why += (why.empty() ? "" : "; ") + name_of(source.complete) +
           (is_over ? " has passed its nextUpdate, " + utc_text(facts.next_update)
                    : " does not cover it");
  }
  return "it is not known whether it is revoked: " +
         (why.empty() ? "there is no complete CRL of the key that signed it" : why);
}

KnownFinding RevocationView::known(const Rule& rule, const Certificate& certificate,
                                   std::size_t signer, std::int64_t now, bool explain) const {
  const auto seen = std::ranges::find(seen_, rule.issued_by, &Seen::set);
  const auto known = seen == seen_.end() ? Known{.let_in = rule.stale.allow_unknown}
                                         : seen->judge.known(certificate, signer, rule.stale, now);
  if (known.crl && !explain) return {true, {}, known.until};
  if (known.crl)
    return {true, "it would be on " + name_of(known.crl) + ", and is not", known.until};
  const auto& id = rule.issued_by->crl_cas()[signer].signer;
  return {known.let_in, why_unknown(id, rule.stale, now), known.until};
}

CrlsInUse::CrlsInUse(const std::vector<std::shared_ptr<const Rule>>& rules) {
  std::vector<std::shared_ptr<const IssuerSet>> sets;
  for (const auto& rule : rules) {
    if (rule->issued_by) add_once(sets, rule->issued_by);
    for (const auto& file : rule->crls) add_once(files_, file);
  }
  if (files_.empty()) return;
  std::vector<std::vector<X509*>> all;
  for (const auto& set : sets) all.push_back(set->cas());
  for (const auto& set : sets)
    sets_.push_back({set, with_cas_above(set->crl_cas(), set->cas(), all)});
}

std::uint64_t CrlsInUse::generation() const {
  std::uint64_t sum = 0;
  for (const auto& file : files_) sum += file->generation();
  return sum;
}

std::shared_ptr<const RevocationView> CrlsInUse::now() const {
  if (files_.empty()) return nullptr;
  const std::lock_guard lock(mutex_);
  if (!view_ || view_->generation() != generation())
    view_ = std::make_shared<const RevocationView>(sets_, files_);
  return view_;
}

void CrlsInUse::let_old_view_go() const {
  const std::lock_guard lock(mutex_);
  if (view_ && view_->generation() != generation()) view_.reset();
}

}  // namespace certmap
