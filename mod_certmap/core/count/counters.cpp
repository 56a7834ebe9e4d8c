#include "core/count/counters.h"

#include <algorithm>
#include <string_view>

namespace certmap {

std::string_view word(Outcome outcome) {
  switch (outcome) {
    case Outcome::Found:
      return "found";
    case Outcome::None:
      return "none";
    case Outcome::Refused:
      return "refused";
    case Outcome::Failed:
      return "failed";
  }
  return {};
}

Outcome outcome_of(Reason reason) {
  switch (reason) {
    case Reason::Mapped:
      return Outcome::Found;
    case Reason::NoRuleMatched:
      return Outcome::None;
    case Reason::BackendUnavailable:
      return Outcome::Failed;
    case Reason::NoCertificate:
    case Reason::CertificateNotVerified:
    case Reason::CertificateExpired:
    case Reason::CertificateNotYetValid:
    case Reason::MalformedCertificate:
    case Reason::DeniedByRule:
    case Reason::EntryExpired:
    case Reason::AmbiguousAttribute:
    case Reason::AmbiguousAccount:
    case Reason::CertificateNotInEntry:
    case Reason::UnsafeAccount:
    case Reason::AccountMismatch:
      return Outcome::Refused;
  }
  return Outcome::Failed;
}

void DirectoryCounts::add_search(std::uint64_t nanoseconds) {
  const auto seconds = static_cast<double>(nanoseconds) / 1e9;
  const auto bucket = std::ranges::lower_bound(kSearchSeconds, seconds) - kSearchSeconds.begin();
  add(searches[static_cast<std::size_t>(bucket)]);
  add(search_nanoseconds, nanoseconds);
}

Shard& CounterMemory::join() { return shards[processes.fetch_add(1) % kShards]; }

std::size_t CounterMemory::used_shards() const {
  // The first process, which counts only where it serves requests itself, has the first shard.
  return std::clamp<std::uint64_t>(processes.load(), 1, kShards);
}

}  // namespace certmap
