#include "core/rule/mapper.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <optional>
#include <span>
#include <tuple>
#include <utility>

#include "core/certificate/account.h"
#include "core/text/calendar.h"

namespace certmap {
namespace {

constexpr std::size_t kMaxMisses = 64;

Decision refusal(Reason reason, std::string detail, std::int64_t valid_until = kForever) {
  Decision decision;
  decision.reason = reason;
  decision.detail = std::move(detail);
  decision.valid_until = valid_until;
  return decision;
}

/// docs/directives.md, "Decisions", 1 to 4; NoRuleMatched: nothing speaks against the certificate.
Decision check_certificate(const Peer& peer) {
  if (!peer.certificate) return refusal(Reason::NoCertificate, std::string(peer.absence));
  const auto& certificate = *peer.certificate;
  if (!peer.verified)
    return refusal(Reason::CertificateNotVerified, "the TLS module's verdict is not SUCCESS");
  if (certificate.has_ended(peer.now))
    return refusal(Reason::CertificateExpired, "its notAfter has passed");
  if (!certificate.has_begun(peer.now))
    return refusal(Reason::CertificateNotYetValid, "its notBefore has not come",
                   certificate.not_before);
  if (certificate.malformed) return refusal(Reason::MalformedCertificate, *certificate.malformed);
  return refusal(Reason::NoRuleMatched, {}, certificate.end());
}

void take(Decision& decision, Resolution found) {
  if (const auto why =
          found.reason == Reason::Mapped ? unsafe_account(found.account) : std::nullopt) {
    found.reason = Reason::UnsafeAccount;
    found.detail = "the account " + *why;
  }
  if (found.reason != Reason::Mapped) {
    found.account.clear();
    found.groups.clear();
    found.attributes.clear();
  }
  found.valid_until = std::min(decision.valid_until, found.valid_until);
  static_cast<Resolution&>(decision) = std::move(found);
}

}  // namespace

Mapper::Mapper(std::vector<std::shared_ptr<const Rule>> rules)
    : rules_(std::move(rules)), crls_(rules_), gate_(rules_) {
  for (const auto& rule : rules_) {
    names_.push_back(rule->name);
    const auto file = rule->source->map_file();
    if (file && std::ranges::find(map_files_, file) == map_files_.end()) map_files_.push_back(file);
  }
}

std::uint64_t Mapper::generation() const {
  return std::accumulate(
      map_files_.begin(), map_files_.end(), crls_.generation(),
      [](std::uint64_t sum, const auto& file) { return sum + file->generation(); });
}

/// How far a rule got that did not apply.
struct Mapper::Miss {
  std::size_t rule;
  bool issued = false;          ///< CertMapIssuedBy held, or there is none
  bool issuer_missing = false;  ///< IssuerVerdict's
  std::size_t lines = 0;        ///< CertMapMatch lines that held before the first that did not
  bool asked = false;           ///< they all held; the lookup found nothing
  std::string why;

  auto distance() const { return std::tuple(issued, lines, asked); }
  std::string text(const std::string& name) const {
    return "rule " + name + " does not apply: " + why;
  }
};

/// True where it is not known whether the certificate is revoked, and the rule wants that; `signer`
/// is IssuerVerdict's.
bool Mapper::is_unknown(const Rule& rule, std::size_t signer, const Look& look,
                        Decision& decision) const {
  if (rule.crls.empty()) return false;
  const auto known =
      look.crls->known(rule, *look.peer.certificate, signer, look.peer.now, look.trace != nullptr);
  if (look.trace) look.trace->known(rule, known);
  decision.valid_until = std::min(decision.valid_until, known.until);
  if (known.let_in) return false;
  decision.reason = Reason::RevocationUnknown;
  decision.detail = known.detail;
  decision.rule = rule.name;
  decision.decided_by = &rule;
  return true;
}

/// True where the rule decided.
bool Mapper::apply(const Rule& rule, const Look& look, Decision& decision, Miss& miss) const {
  const auto& [peer, known, maps, crls, trace] = look;
  const auto skip = [&, trace = look.trace](const std::string& why) {
    miss.why = why;
    if (trace) trace->does_not_apply(rule, why);
    return false;
  };
  std::size_t signer = 0;
  if (rule.issued_by) {
    auto verdict = rule.issued_by->verify(*peer.certificate, peer.now);
    // Whom a key must not let in, it never lets in.
    if (rule.source->denies()) verdict.issued = verdict.is_signed;
    decision.valid_until = std::min(decision.valid_until, verdict.valid_until);
    if (trace) trace->issuer(rule, verdict);
    miss.issuer_missing = verdict.issuer_missing;
    if (!verdict.issued) return skip(verdict.why_not);
    signer = verdict.signer;
  }
  miss.issued = true;
  for (const auto& match : rule.matches) {
    const auto& values = known.of(match.attribute());
    const bool holds = match.holds(values);
    if (trace) trace->match(rule, match, values, holds);
    if (!holds) return skip("CertMapMatch " + match.text() + " does not hold");
    ++miss.lines;
  }
  if (is_unknown(rule, signer, look, decision)) return true;
  miss.asked = true;
  const CheckedCertificate checked(known, rule.matches);
  auto resolution = rule.source->resolve({checked, peer.now, maps, trace != nullptr, peer.trial});
  if (resolution.from) decision.asked.push_back({&rule, *resolution.from, resolution.reason});
  if (trace) trace->answer(rule, resolution);
  if (resolution.reason == Reason::NoRuleMatched) {
    decision.valid_until = std::min(decision.valid_until, resolution.valid_until);
    return skip(resolution.detail);
  }
  take(decision, std::move(resolution));
  decision.rule = rule.name;
  decision.decided_by = &rule;
  decision.backend = rule.source->backend();
  if (decision.reason == Reason::Mapped) decision.strength = rule.strength(decision.tie);
  return true;
}

/// Tells of rules with a line that does not hold; for the decision they are as if absent.
void Mapper::tell(std::size_t from, std::size_t to, const Look& look) const {
  for (; look.trace && from < to; ++from) {
    Decision unused;
    Miss miss{from};
    apply(*rules_[from], look, unused, miss);
  }
}

/// The rule that came nearest; also where a CA is missing, because that is often the cause. Rules
/// that the gate kept out have a line that does not hold; of thousands, only the first are asked.
std::string Mapper::why_none(const std::vector<std::size_t>& candidates, std::vector<Miss>& misses,
                             const Look& look) const {
  const Look silent{look.peer, look.known, look.maps, look.crls, nullptr};
  for (std::size_t i = 0; i < rules_.size() && misses.size() < kMaxMisses; ++i) {
    if (std::ranges::binary_search(candidates, i)) continue;
    Decision unused;
    apply(*rules_[i], silent, unused, misses.emplace_back(Miss{i}));
  }
  if (misses.empty()) return "no rule gave an account";
  std::ranges::sort(misses, {}, &Miss::rule);
  const auto nearest = std::ranges::max_element(misses, {}, &Miss::distance);
  auto text = nearest->text(names_[nearest->rule]);
  const auto missing = std::ranges::find(misses, true, &Miss::issuer_missing);
  if (missing != misses.end() && missing != nearest)
    text += "; " + missing->text(names_[missing->rule]);
  return text;
}

void Mapper::apply_rules(const Look& look, Decision& decision) const {
  std::size_t told = 0;
  std::vector<Miss> misses;
  const auto candidates = gate_.candidates(look.known);
  for (const auto i : candidates) {
    tell(std::exchange(told, i + 1), i, look);
    if (apply(*rules_[i], look, decision, misses.emplace_back(Miss{i}))) {
      decision.rules_tried = std::span(names_).first(i + 1);
      return;
    }
  }
  tell(told, rules_.size(), look);
  decision.rules_tried = names_;
  decision.detail = why_none(candidates, misses, look);
}

Decision Mapper::decide(const Peer& peer, Trace* trace) const {
  auto decision = check_certificate(peer);
  decision.made_at = peer.now;
  if (decision.reason != Reason::NoRuleMatched) return decision;
  KnownValues known(*peer.certificate);
  const MapImages maps(map_files_);
  const Look look{peer, known, maps, crls_.now(), trace};
  if (auto revoked = look.crls ? look.crls->revoked(*peer.certificate, peer.now) : std::nullopt) {
    decision.reason = Reason::CertificateRevoked;
    decision.detail = std::move(revoked->detail);
    decision.revoked = std::move(revoked->entry);
    return decision;
  }
  for (const auto& file : map_files_) {
    auto block = find_block(*file, *peer.certificate, peer.now, look.maps);
    if (trace) trace->blocks(*file, block);
    if (block.reason == Reason::NoRuleMatched) continue;
    take(decision, std::move(block));
    decision.backend = "file";
    return decision;
  }
  apply_rules(look, decision);
  return decision;
}

}  // namespace certmap
