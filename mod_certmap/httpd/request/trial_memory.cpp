#include "httpd/request/trial_memory.h"

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
  return remembered_.recall(question, generation, client.verified, now);
}

void TrialMemory::remember(const Question& question, std::uint64_t generation, const Client& client,
                           std::shared_ptr<const Decision> decision) {
  const std::lock_guard lock(mutex_);
  if (!client.certificate || certificate_ != client.certificate) return;
  remembered_.remember(question, generation, std::move(decision));
}

}  // namespace certmap
