#include "ldap/directory/servers.h"

#include <algorithm>
#include <numeric>

namespace certmap {

std::vector<std::size_t> Servers::order(Clock::time_point now) {
  std::vector<std::size_t> numbers(avoided_until_.size());
  std::iota(numbers.begin(), numbers.end(), 0);
  if (numbers.size() == 1) return numbers;
  const std::lock_guard lock(mutex_);
  std::stable_partition(numbers.begin(), numbers.end(),
                        [&](std::size_t n) { return avoided_until_[n] <= now; });
  for (auto& until : avoided_until_)
    if (until != Clock::time_point() && until <= now) until = now + kAvoided;
  return numbers;
}

void Servers::failed(std::size_t server, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  avoided_until_[server] = now + kAvoided;
}

void Servers::answered(std::size_t server) {
  if (avoided_until_.size() == 1) return;
  const std::lock_guard lock(mutex_);
  avoided_until_[server] = {};
}

}  // namespace certmap
