#include "httpd/request/trial_memory.h"

#include <algorithm>
#include <utility>

namespace certmap {

std::shared_ptr<const Decision> TrialMemory::recall(const Question& question,
                                                    std::uint64_t generation, const Client& client,
                                                    std::int64_t now) {
  const std::lock_guard lock(mutex_);
  if (certificate_ != client.certificate) {
    certificate_ = client.certificate;
    remembered_.clear();
    reported_.clear();
  }
  const auto known = std::ranges::find(remembered_, question, &Remembered::question);
  if (known == remembered_.end()) return nullptr;
  const auto& decision = known->decision;
  const bool same_verdict = client.verified == (decision->reason != Reason::CertificateNotVerified);
  return same_verdict && known->generation == generation && decision->holds(now) ? decision
                                                                                 : nullptr;
}

void TrialMemory::remember(const Question& question, std::uint64_t generation, const Client& client,
                           std::shared_ptr<const Decision> decision) {
  const std::lock_guard lock(mutex_);
  if (!client.certificate || certificate_ != client.certificate) return;
  std::erase_if(remembered_, [&](const auto& each) { return each.question == question; });
  if (remembered_.size() >= kMost) remembered_.erase(remembered_.begin());
  remembered_.push_back({question, generation, std::move(decision)});
}

}  // namespace certmap
