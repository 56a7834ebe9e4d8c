// Lookups of one process that are asked for hits made at a certain time, and how often one was
// made.
#pragma once

#include <cppunit/TestFixture.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "ldap/lookup/lookups.h"

namespace certmap::test {

using From = AnswerFrom;

inline Lookup hit_at(std::int64_t time, std::string account = "alice") {
  return {.found = true, .account = std::move(account), .time = time};
}
inline Lookup none_at(std::int64_t time) { return {.found = false, .time = time}; }

class LookupsFixture : public CppUnit::TestFixture {
 protected:
  LookupResult find(Lookups& lookups, const std::string& key, std::int64_t now,
                    const Lookup& lookup) {
    return lookups.find(key, now, std::chrono::seconds(1), [&] {
      ++made_;
      return LookupResult{.lookup = lookup, .reason = Reason::Mapped, .detail = {}};
    });
  }
  LookupResult find(const std::string& key, std::int64_t now, const Lookup& lookup) {
    return find(lookups_, key, now, lookup);
  }
  /// Finds a hit that would be made now.
  From from(const std::string& key, std::int64_t now) { return find(key, now, hit_at(now)).from; }
  static LookupResult failure() {
    return {.lookup = std::nullopt, .reason = Reason::BackendUnavailable, .detail = "down"};
  }
  static bool is(From expected, From actual) { return expected == actual; }

  std::atomic<int> made_ = 0;
  Lookups lookups_;
};

}  // namespace certmap::test
