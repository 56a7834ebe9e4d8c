#include "core/rule/decision.h"

#include <algorithm>
#include <array>

namespace certmap {
namespace {

/// Two factors are compared after the certificate was mapped.
bool has_account(const Decision& decision) {
  return decision.reason == Reason::Mapped || decision.reason == Reason::AccountMismatch;
}

bool decides_the_same(const Decision& tried, const Decision& decision) {
  if (tried.reason != Reason::Mapped) return tried.reason == decision.reason;
  return has_account(decision) && tried.account == decision.account &&
         std::ranges::is_permutation(tried.groups, decision.groups);
}

}  // namespace

bool is_same(const Decision& tried, const RequestOutcome& in_force) {
  if (in_force.decision && decides_the_same(tried, *in_force.decision)) return true;
  if (tried.reason == Reason::Mapped)
    return !in_force.is_mapped && tried.account == in_force.account;
  return !in_force.decision && in_force.account.empty() && in_force.is_kept_out;
}

using namespace std::string_view_literals;

std::string_view word(Reason reason) {
  static constexpr std::array kWords = {
      "no_certificate"sv,
      "certificate_not_verified"sv,
      "certificate_expired"sv,
      "certificate_not_yet_valid"sv,
      "malformed_certificate"sv,
      "certificate_revoked"sv,
      "denied_by_rule"sv,
      "entry_expired"sv,
      "ambiguous_attribute"sv,
      "ambiguous_account"sv,
      "certificate_not_in_entry"sv,
      "unsafe_account"sv,
      "revocation_unknown"sv,
      "backend_unavailable"sv,
      "account_mismatch"sv,
      "no_rule_matched"sv,
      "mapped"sv,
  };
  static_assert(kWords.size() == kReasons);
  return kWords[static_cast<std::size_t>(reason)];
}

bool ends_connection(Reason reason) {
  using enum Reason;
  return reason == NoCertificate || reason == CertificateExpired ||
         reason == CertificateNotYetValid || reason == CertificateRevoked;
}

std::string_view word(AnswerFrom from) {
  static constexpr std::array kWords = {"connection"sv, "process"sv, "shared"sv, "directory"sv};
  static_assert(kWords.size() == kAnswersFrom);
  return kWords[static_cast<std::size_t>(from)];
}

std::string_view word(Strength strength) {
  static constexpr std::array kWords = {"weak"sv, "issuer"sv, "strong"sv};
  static_assert(kWords.size() == static_cast<std::size_t>(Strength::Strong) + 1);
  return kWords[static_cast<std::size_t>(strength)];
}

}  // namespace certmap
