// The one function that decides: a certificate and rules in, a Decision out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/certificate/certificate.h"
#include "core/rule/decision.h"
#include "core/rule/gate.h"
#include "core/rule/revocation.h"
#include "core/rule/rule.h"

namespace certmap {

/// Why there is no certificate, in plain words.
namespace absence {
inline constexpr std::string_view kNotTls = "the connection is not TLS";
inline constexpr std::string_view kNotAsked =
    "the client was not asked for a certificate; write SSLVerifyClient optional in the virtual "
    "host";
inline constexpr std::string_view kNotHandedOn =
    "the TLS module hands on no certificate (SSL_CLIENT_CERT)";
inline constexpr std::string_view kNotSent = "the client sent no certificate";
}  // namespace absence

/// What the TLS module says of the client.
struct Peer {
  const Certificate* certificate = nullptr;  ///< null: none was sent
  bool verified = false;                     ///< its verdict is exactly SUCCESS
  std::int64_t now = 0;                      ///< seconds since 1970 at which the request is decided
  std::string_view absence = absence::kNotSent;
  /// One that can be stopped: rules are only tried, and no request may notice what they look up.
  std::stop_token trial = {};
};

/// Told what decide() looks at, in its order. What is not overridden does nothing.
class Trace {
 public:
  virtual ~Trace() = default;
  /// The blocks of a map file; Reason::NoRuleMatched: none holds.
  virtual void blocks(const MapFile&, const Resolution&) {}
  virtual void issuer(const Rule&, const IssuerVerdict&) {}
  virtual void match(const Rule&, const Match&, const std::vector<Value>&, bool /*holds*/) {}
  /// Of a rule with CertMapCRL whose lines hold.
  virtual void known(const Rule&, const KnownFinding&) {}
  /// All lines hold; what the source answered.
  virtual void answer(const Rule&, const Resolution&) {}
  virtual void does_not_apply(const Rule&, const std::string& /*why_not*/) {}
};

/// The rules of one CertMapUse in one virtual host. Immutable; safe for any number of threads.
class Mapper {
 public:
  explicit Mapper(std::vector<std::shared_ptr<const Rule>> rules);

  /// Without a trace rules that cannot apply are passed over unseen; the decision is the same.
  Decision decide(const Peer& peer, Trace* trace = nullptr) const;

  /// Changes with every new image of a map file or of CRLs that the rules use.
  std::uint64_t generation() const;
  const std::vector<std::shared_ptr<const Rule>>& rules() const { return rules_; }
  const CrlsInUse& crls() const { return crls_; }

 private:
  /// What one decision looks at, and whom it tells.
  struct Look {
    const Peer& peer;
    KnownValues& known;
    const MapImages& maps;
    const std::shared_ptr<const RevocationView> crls;  ///< null: no rule has CertMapCRL
    Trace* trace;
  };

  struct Miss;
  bool is_unknown(const Rule& rule, std::size_t signer, const Look& look, Decision& decision) const;
  bool apply(const Rule& rule, const Look& look, Decision& decision, Miss& miss) const;
  std::string why_none(const std::vector<std::size_t>& candidates, std::vector<Miss>& misses,
                       const Look& look) const;
  void tell(std::size_t from, std::size_t to, const Look& look) const;
  void apply_rules(const Look& look, Decision& decision) const;

  std::vector<std::shared_ptr<const Rule>> rules_;
  std::vector<std::string> names_;
  std::vector<std::shared_ptr<MapFile>> map_files_;
  CrlsInUse crls_;
  Gate gate_;
};

}  // namespace certmap
