// Decisions that a connection remembers, by what was asked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/certificate/certificate.h"
#include "core/rule/decision.h"
#include "core/rule/mapper.h"
#include "httpd/config/config.h"

namespace certmap {

/// What is asked of a connection: the rules of one CertMapUse or CertMapTrial in one virtual host.
struct Question {
  const Use* use;
  const server_rec* server;
  /// Two lines with the same names ask the same.
  bool operator==(const Question& other) const;
};

inline constexpr std::size_t kMaxRemembered = 32;

/// Of one certificate. Nothing is locked.
class RememberedDecisions {
 public:
  /// Null: none was made, or it holds no more; then it is forgotten. `verified` is the TLS module's
  /// verdict now, `now` in seconds since 1970.
  std::shared_ptr<const Decision> recall(const Question& question, std::uint64_t generation,
                                         bool verified, std::int64_t now);
  /// `generation` is the Mapper's from before it decided. Where there are too many, the first stay.
  void remember(const Question& question, std::uint64_t generation,
                std::shared_ptr<const Decision> decision);
  void clear() { all_.clear(); }

 private:
  struct Remembered {
    Question question;
    std::uint64_t generation;
    std::shared_ptr<const Decision> decision;
  };

  std::vector<Remembered> all_;
};

/// A Peer that owns its certificate, without the time.
struct Client {
  std::shared_ptr<const Certificate> certificate;  ///< null: none was sent
  bool verified = false;
  std::string_view absence;  ///< lives as long as the request

  Peer at(std::int64_t now) const {
    return {.certificate = certificate.get(), .verified = verified, .now = now, .absence = absence};
  }
};

/// Of rules that are tried on the connection's requests (CertMapTrial). Any number of threads use
/// it at the same time. A question that waits for a directory holds it when the connection is gone.
class TrialMemory {
 public:
  /// The decision, where it was made and still holds.
  std::shared_ptr<const Decision> recall(const Question& question, std::uint64_t generation,
                                         const Client& client, std::int64_t now);
  /// `generation` is the Mapper's from before it decided.
  void remember(const Question& question, std::uint64_t generation, const Client& client,
                std::shared_ptr<const Decision> decision);

  /// Calls `write` where this pair of accounts is news for the question, and again with the next
  /// one where that fails.
  template <typename Write>
  void report_once(const Question& question, const std::string& in_force, const std::string& tried,
                   Write write) {
    const std::lock_guard lock(mutex_);
    for (const auto& each : reported_)
      if (each.question == question && each.in_force == in_force && each.tried == tried) return;
    if (!write()) return;
    if (reported_.size() >= kMaxRemembered) reported_.erase(reported_.begin());
    reported_.push_back({question, in_force, tried});
  }

 private:
  struct Reported {
    Question question;
    std::string in_force, tried;
  };

  std::mutex mutex_;
  std::shared_ptr<const Certificate> certificate_;  ///< that all of it is about
  RememberedDecisions remembered_;
  std::vector<Reported> reported_;
};

}  // namespace certmap
