#include "tool/expiring/list.h"

#include <algorithm>
#include <span>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "core/text/calendar.h"

namespace certmap {
namespace {

/// The certificate of an account that ends last.
struct Newest {
  std::int64_t not_after = 0, first = 0;
};
using NewestByAccount = std::unordered_map<std::string_view, Newest>;

NewestByAccount newest_certificates(const Sightings& sightings) {
  NewestByAccount newest;
  for (const auto& [key, seen] : sightings.all()) {
    auto& known = newest[key.first];
    if (seen.not_after > known.not_after) known = {seen.not_after, seen.first};
  }
  return newest;
}

bool was_alive_since(const Sighting& seen, std::int64_t since) {
  return std::max(seen.not_after, seen.last) >= since;
}

/// One certificate with one account; without one it was only refused.
struct Use {
  std::string_view sha256, account;
  const Sighting* sighting;
};

/// By certificate, then by account.
std::vector<Use> uses_of_ending_certificates(const Sightings& sightings, std::int64_t horizon) {
  std::vector<Use> uses;
  for (const auto& [key, sighting] : sightings.all())
    if (sighting.not_after <= horizon) uses.push_back({key.second, key.first, &sighting});
  std::ranges::stable_sort(uses, {}, &Use::sha256);
  return uses;
}

Sighting all_that_was_seen(std::span<const Use> uses) {
  const auto told = [](const Use& use) { return use.sighting->told; };
  auto seen = *std::ranges::max_element(uses, {}, told)->sighting;
  for (const auto& use : uses) {
    seen.first = std::min(seen.first, use.sighting->first);
    seen.last = std::max(seen.last, use.sighting->last);
  }
  return seen;
}

/// `uses` are those of one certificate. Refusals after its end belong to the accounts that it had
/// before.
ExpiringCertificate not_renewed(std::span<const Use> uses, const NewestByAccount& newest) {
  ExpiringCertificate found{{}, uses[0].sha256, all_that_was_seen(uses)};
  for (const auto& [sha256, account, sighting] : uses) {
    if (account.empty()) continue;
    const auto& other = newest.at(account);
    const bool has_newer = other.not_after > sighting->not_after;
    if (has_newer && other.first > sighting->last) continue;
    found.accounts.push_back(account);
    if (has_newer) found.newer_until = std::max(found.newer_until, other.not_after);
  }
  return found;
}

std::string_view first_account(const ExpiringCertificate& certificate) {
  return certificate.accounts.empty() ? std::string_view() : certificate.accounts[0];
}

void sort_by_account(std::vector<ExpiringCertificate>& certificates) {
  std::unordered_map<std::string_view, std::int64_t> soonest;
  for (const auto& each : certificates) {
    const auto [known, is_new] = soonest.emplace(first_account(each), each.seen.not_after);
    if (!is_new) known->second = std::min(known->second, each.seen.not_after);
  }
  for (auto& each : certificates) each.soonest = soonest.at(first_account(each));
  std::ranges::sort(certificates, {}, [](const ExpiringCertificate& each) {
    return std::tuple(each.soonest, first_account(each), each.seen.not_after, each.sha256);
  });
}

}  // namespace

ExpiringList expiring_certificates(const Sightings& sightings, std::int64_t now,
                                   std::int64_t days) {
  ExpiringList list;
  const auto newest = newest_certificates(sightings);
  const auto all = uses_of_ending_certificates(sightings, now + days * kSecondsPerDay);
  for (auto begin = all.begin(); begin != all.end();) {
    const auto end =
        std::find_if(begin, all.end(), [&](const Use& use) { return use.sha256 != begin->sha256; });
    const std::span<const Use> uses(std::exchange(begin, end), end);
    auto found = not_renewed(uses, newest);
    if (!was_alive_since(found.seen, now - days * kSecondsPerDay)) continue;
    const bool had_account = !uses.back().account.empty();
    if (found.accounts.empty() && had_account)
      ++list.renewed;
    else
      list.certificates.push_back(std::move(found));
  }
  sort_by_account(list.certificates);
  return list;
}

}  // namespace certmap
