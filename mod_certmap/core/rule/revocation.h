// CertMapCRL in a decision: who is revoked, and of whom that can be known (docs/crl.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/certificate/certificate.h"
#include "core/crl/crl_files.h"
#include "core/crl/judge.h"
#include "core/rule/decision.h"
#include "core/rule/issuer.h"
#include "core/rule/rule.h"

namespace certmap {

/// Why a certificate is revoked, for people and for programs.
struct RevokedFinding {
  RevokedEntry entry;
  std::string detail;
};

/// Whether a certificate is known, or let in without that.
struct KnownFinding {
  bool let_in = false;
  std::string detail;  ///< names the CRL, where that was asked for, or says why there is none
  std::int64_t until = kForever;
};

/// The CRLs of the rules in use at one moment. Immutable, safe for any number of threads. Both
/// questions throw std::runtime_error where memory turns out to be damaged; who is asking must be
/// refused then.
class RevocationView {
 public:
  /// One CertMapIssuedBy, and what with_cas_above() says of its CAs.
  struct Set {
    std::shared_ptr<const IssuerSet> issuers;
    std::vector<CrlCa> cas;
  };
  RevocationView(const std::vector<Set>& sets, const std::vector<std::shared_ptr<CrlFiles>>& files);

  /// The sum of those of the files.
  std::uint64_t generation() const { return generation_; }
  /// Whichever rule would decide; empty: he is not.
  std::optional<RevokedFinding> revoked(const Certificate& certificate, std::int64_t now) const;
  /// For a rule with CertMapCRL whose CertMapIssuedBy holds; `signer` is IssuerVerdict's. What lets
  /// somebody in is named only where `explain` is true.
  KnownFinding known(const Rule& rule, const Certificate& certificate, std::size_t signer,
                     std::int64_t now, bool explain) const;

 private:
  struct Seen {
    std::shared_ptr<const IssuerSet> set;
    CrlJudge judge;
  };
  const std::string& path_of(const CrlImage* crl) const;
  std::string name_of(const CrlImage* crl) const;
  std::string why_unknown(const CrlSigner& signer, const StalePolicy& stale,
                          std::int64_t now) const;

  std::vector<std::shared_ptr<const CrlPack>> packs_;
  std::vector<CrlSource> sources_;
  std::vector<Seen> seen_;
  std::uint64_t generation_ = 0;
};

/// The CRLs of the rules of one CertMapUse. Safe for any number of threads once it is made, which
/// verifies who signed whom.
class CrlsInUse {
 public:
  explicit CrlsInUse(const std::vector<std::shared_ptr<const Rule>>& rules);

  /// Changes with every new state of a path.
  std::uint64_t generation() const;
  /// As they are now; null: no rule has CertMapCRL.
  std::shared_ptr<const RevocationView> now() const;
  /// So that memory can be given back also where no request comes.
  void let_old_view_go() const;

 private:
  std::vector<RevocationView::Set> sets_;
  std::vector<std::shared_ptr<CrlFiles>> files_;
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const RevocationView> view_;
};

}  // namespace certmap
