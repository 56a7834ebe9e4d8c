#include "core/rule/trial.h"

#include <algorithm>

namespace certmap {
namespace {

/// Two factors are compared after the certificate was mapped.
bool has_account(const Decision& decision) {
  return decision.reason == Reason::Mapped || decision.reason == Reason::AccountMismatch;
}

bool has_same_groups(const Decision& a, const Decision& b) {
  return a.groups.size() == b.groups.size() && std::ranges::is_permutation(a.groups, b.groups);
}

bool decides_the_same(const Decision& tried, const Decision& decision) {
  if (tried.reason != Reason::Mapped) return tried.reason == decision.reason;
  return has_account(decision) && tried.account == decision.account &&
         has_same_groups(tried, decision);
}

}  // namespace

bool is_same(const Decision& tried, const RequestOutcome& in_force) {
  if (in_force.decision && decides_the_same(tried, *in_force.decision)) return true;
  if (tried.reason == Reason::Mapped)
    return !in_force.is_mapped && tried.account == in_force.account;
  return !in_force.decision && in_force.account.empty() && in_force.is_kept_out;
}

}  // namespace certmap
