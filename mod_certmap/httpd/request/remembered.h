// Decisions that a connection remembers, by what was asked.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/rule/decision.h"
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

}  // namespace certmap
