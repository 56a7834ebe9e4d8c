// What was decided for a certificate. Made by Mapper, turned into a status in one place of httpd/
// and into an audit event in core/audit/event.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/text/calendar.h"

namespace certmap {

/// Outcomes in the order in which they take precedence (docs/directives.md).
enum class Reason {
  NoCertificate,
  CertificateNotVerified,
  CertificateExpired,
  CertificateNotYetValid,
  MalformedCertificate,
  CertificateRevoked,
  DeniedByRule,
  EntryExpired,
  AmbiguousAttribute,
  AmbiguousAccount,
  CertificateNotInEntry,
  UnsafeAccount,
  RevocationUnknown,
  BackendUnavailable,
  AccountMismatch,
  NoRuleMatched,
  Mapped,
};
inline constexpr std::size_t kReasons = static_cast<std::size_t>(Reason::Mapped) + 1;
/// `event.reason`: "no_certificate", …
std::string_view word(Reason reason);
/// True where a new connection may show a better certificate, and this one never will.
bool ends_connection(Reason reason);

/// Where an answer was found. Its source is asked where nothing remembers it.
enum class AnswerFrom { Connection, Process, Shared, Source };
inline constexpr std::size_t kAnswersFrom = static_cast<std::size_t>(AnswerFrom::Source) + 1;
/// "connection", "process", "shared", "directory": a lookup's only source that is remembered
std::string_view word(AnswerFrom from);

enum class Strength { Weak, Issuer, Strong };
/// "weak", "issuer", "strong"
std::string_view word(Strength strength);

/// NAME of CERTMAP_ATTR_NAME, and its values.
using AttributeValues = std::vector<std::pair<std::string, std::vector<std::string>>>;

/// How firmly what hit ties the account to the certificate's key (CERTMAP_STRENGTH).
enum class Tie { None, UnderIssuer, Always };

/// What a lookup asks, for people: what it is ("key", "filter", ...), its text, and the line of the
/// map file that has the key (0: none has).
struct LookupStep {
  std::string what;
  std::string text;
  std::uint32_t line = 0;
};

/// What a source of accounts answers. Reason::NoRuleMatched: nothing found, the next rule is tried.
/// Every other reason ends the decision.
struct Resolution {
  Reason reason = Reason::NoRuleMatched;
  std::string detail;   ///< plain words for the error log; may hold the certificate's text
  std::string account;  ///< in a decision set only on Mapped, as the next two
  std::vector<std::string> groups;
  AttributeValues attributes;      ///< what else the directory's entry says
  std::optional<AnswerFrom> from;  ///< empty: nothing was looked up
  std::string key;                 ///< what hit: "email:bob@example.com"
  Tie tie = Tie::None;
  std::uint32_t line = 0;  ///< of the map file, where it was the first that hit
  std::optional<std::uint64_t> map_generation;
  std::string entry;                    ///< name of the directory's entry, where it was asked now
  std::vector<LookupStep> steps;        ///< what was looked for, in its order, where that was asked
  std::int64_t valid_until = kForever;  ///< from this second on it must be made anew
};

/// The entry of a CRL by which a certificate, or a CA above it, is revoked.
struct RevokedEntry {
  std::int64_t at = 0;  ///< revocationDate
  std::string reason;   ///< as RFC 5280 section 5.3.1 has it: "keyCompromise"
  std::string crl;      ///< path of the file
};

struct Rule;

struct Decision : Resolution {
  /// A lookup on the way to it.
  struct Asked {
    const Rule* rule;  ///< owned by the Mapper that decided
    AnswerFrom from;
    Reason reason;
  };

  std::string rule;                  ///< the name of the rule that decided; empty: none did
  const Rule* decided_by = nullptr;  ///< that rule
  Strength strength = Strength::Weak;
  std::optional<RevokedEntry> revoked;       ///< only where that is the reason
  std::string backend;                       ///< what resolved the account: "template", "file", …
  std::vector<Asked> asked;                  ///< in the order of rules
  std::span<const std::string> rules_tried;  ///< names, owned by the Mapper that decided
  std::int64_t made_at = 0;                  ///< the second for which it was made

  /// A clock that was set back must not keep an old decision alive.
  bool holds(std::int64_t now) const { return made_at <= now && now < valid_until; }
};

/// What a request came to, whoever decided it.
struct RequestOutcome {
  std::string account;                       ///< empty: it has none
  std::shared_ptr<const Decision> decision;  ///< of CertMap; null: it made none
  bool is_mapped = false;                    ///< the account is the decision's
  bool is_kept_out = false;                  ///< it was not let in
};

/// Whether rules that are tried beside what is in force (docs/directives.md, CertMapTrial) would
/// have left the request as it is. Groups are compared only where both come from CertMap: nobody
/// else has some that it knows of.
bool is_same(const Decision& tried, const RequestOutcome& in_force);

}  // namespace certmap
