#include "tool/expiring/list.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "core/text/calendar.h"

namespace certmap {
namespace {

/// The certificate of an account that ends last.
struct Newest {
  std::int64_t not_after = 0, first = 0;
};
using NewestByAccount = std::map<std::string, Newest>;

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

/// All that was seen of one certificate.
struct Uses {
  std::vector<std::pair<std::string, const Sighting*>> by_account;
  Sighting seen;

  void add(const std::string& account, const Sighting& sighting) {
    if (seen.first == 0) seen = sighting;
    seen.first = std::min(seen.first, sighting.first);
    seen.last = std::max(seen.last, sighting.last);
    // Refusals after its end belong to the accounts that it had before.
    if (!account.empty()) by_account.emplace_back(account, &sighting);
  }
};

std::map<std::string, Uses> uses_of_ending_certificates(const Sightings& sightings,
                                                        std::int64_t horizon) {
  std::map<std::string, Uses> uses;
  for (const auto& [key, sighting] : sightings.all())
    if (sighting.not_after <= horizon) uses[key.second].add(key.first, sighting);
  return uses;
}

ExpiringCertificate not_renewed(const std::string& sha256, const Uses& uses,
                                const NewestByAccount& newest) {
  ExpiringCertificate found{{}, sha256, uses.seen};
  for (const auto& [account, sighting] : uses.by_account) {
    const auto& other = newest.at(account);
    const bool has_newer = other.not_after > sighting->not_after;
    if (has_newer && other.first > sighting->last) continue;
    found.accounts.push_back(account);
    if (has_newer) found.newer_until = std::max(found.newer_until, other.not_after);
  }
  return found;
}

std::string first_account(const ExpiringCertificate& certificate) {
  return certificate.accounts.empty() ? std::string() : certificate.accounts[0];
}

void sort_by_account(std::vector<ExpiringCertificate>& certificates) {
  std::map<std::string, std::int64_t> soonest;
  for (const auto& each : certificates) {
    const auto [known, is_new] = soonest.emplace(first_account(each), each.seen.not_after);
    if (!is_new) known->second = std::min(known->second, each.seen.not_after);
  }
  std::ranges::stable_sort(certificates, {}, [&](const ExpiringCertificate& each) {
    const auto account = first_account(each);
    return std::tuple(soonest.at(account), account, each.seen.not_after, each.sha256);
  });
}

}  // namespace

ExpiringList expiring_certificates(const Sightings& sightings, std::int64_t now,
                                   std::int64_t days) {
  ExpiringList list;
  const auto newest = newest_certificates(sightings);
  for (const auto& [sha256, uses] :
       uses_of_ending_certificates(sightings, now + days * kSecondsPerDay)) {
    if (!was_alive_since(uses.seen, now - days * kSecondsPerDay)) continue;
    auto found = not_renewed(sha256, uses, newest);
    if (found.accounts.empty() && !uses.by_account.empty())
      ++list.renewed;
    else
      list.certificates.push_back(std::move(found));
  }
  sort_by_account(list.certificates);
  return list;
}

}  // namespace certmap
