// Lookups that are remembered and shared: by requests of one process, and by processes and
// machines.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/rule/decision.h"
#include "ldap/lookup/lookup.h"

namespace certmap {

/// A store that processes or machines share. Several threads call it at once. It never throws: what
/// goes wrong in it only costs time.
class SharedCache {
 public:
  virtual ~SharedCache() = default;
  virtual std::optional<std::string> get(const std::string& id) = 0;
  /// After `seconds` the data may be forgotten.
  virtual void put(const std::string& id, const std::string& data, std::int64_t seconds) = 0;
};

struct LookupTimes {
  std::int64_t hit = 60;   ///< seconds for which a hit is believed
  std::int64_t none = 10;  ///< and that there was nothing
};

/// A lookup, or why there is none.
struct LookupResult {
  std::optional<Lookup> lookup;
  Reason reason = Reason::BackendUnavailable;  ///< where there is no lookup
  std::string detail;                          ///< the sentence for the error log
  std::string entry;                           ///< the entry's name, where it was read now
  AnswerFrom from = AnswerFrom::Source;
  std::int64_t valid_until = 0;  ///< seconds since 1970; 0: not to be remembered
};

/// Safe for any number of threads; empty in each new process.
class Lookups {
 public:
  Lookups();
  ~Lookups();
  void set_times(LookupTimes times) { times_ = times; }
  /// Until it is called nothing leaves the process.
  void share(std::unique_ptr<SharedCache> cache, Seal seal);
  /// False, too, where the times say that nothing is remembered.
  bool is_shared() const;

  /// The lookup of `key`: remembered, shared, or made now. Callers that ask for the same key at the
  /// same time share one `make`, and wait for it for `patience` at most; what it throws goes to the
  /// caller that ran it. Only results with a lookup are remembered, from Lookup::time on; one that
  /// is older than LookupTimes say, or from the future, is ignored. `key` is what makes lookups the
  /// same: whole configuration of the lookup, certificate (where is_shared() by its digest),
  /// filter. Nobody waits for the `make` of a trial, nor does it for another.
  LookupResult find(const std::string& key, std::int64_t now, std::chrono::milliseconds patience,
                    const std::function<LookupResult()>& make, bool is_trial = false);

 private:
  struct State;
  LookupResult fetch_or_make(const std::string& key, std::int64_t now,
                             const std::function<LookupResult()>& make) const;

  std::unique_ptr<State> state_;
  LookupTimes times_;
};

}  // namespace certmap
