#include "httpd/request/remembered.h"

#include <algorithm>
#include <utility>

namespace certmap {

bool Question::operator==(const Question& other) const {
  return server == other.server && (use == other.use || use->names == other.use->names);
}

std::shared_ptr<const Decision> RememberedDecisions::recall(const Question& question,
                                                            std::uint64_t generation, bool verified,
                                                            std::int64_t now) {
  const auto known = std::ranges::find(all_, question, &Remembered::question);
  if (known == all_.end()) return nullptr;
  const auto& decision = *known->decision;
  const bool same_verdict = verified == (decision.reason != Reason::CertificateNotVerified);
  if (same_verdict && known->generation == generation && decision.holds(now))
    return known->decision;
  all_.erase(known);
  return nullptr;
}

void RememberedDecisions::remember(const Question& question, std::uint64_t generation,
                                   std::shared_ptr<const Decision> decision) {
  std::erase_if(all_, [&](const auto& each) { return each.question == question; });
  if (all_.size() < kMaxRemembered) all_.push_back({question, generation, std::move(decision)});
}

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
