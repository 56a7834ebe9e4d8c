// What was, against what would be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/explain/replay.h"
#include "tool/replay/events.h"

namespace certmap {

enum class Change {
  LetIn,
  Refused,
  SomebodyElse,
  Same,
  // What is counted apart:
  Expired,    ///< it was let in, and has ended since
  Directory,  ///< one does not answer
  NotKept,    ///< there is no certificate to ask with
  CannotTell,
};
inline constexpr std::size_t kChanges = static_cast<std::size_t>(Change::CannotTell) + 1;

/// "let in", "refused", "somebody else", "same", …
const char* word(Change change);

/// A certificate that is kept.
struct KeptCertificate {
  std::int64_t not_after = 0;
  std::string subject;
};

struct Comparison {
  Change change = Change::Same;
  std::string was, now;  ///< an account, or the reason of a refusal
  std::string why;       ///< it cannot be told
};

/// Null: it is not kept, or was not asked about because it has ended.
Comparison compare(const LastEvent& was, const KeptCertificate* kept, const ReplayAnswer* answer,
                   std::int64_t now);

}  // namespace certmap
