// A shared cache over a store that may fail or hang: a request waits for it for a short time only,
// and a store that misbehaves is left alone for a while.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "ldap/lookup/lookups.h"
#include "ldap/lookup/store_workers.h"

namespace certmap {

struct Patience {
  std::chrono::milliseconds call{500};    ///< for a call that may hang; a longer one has failed
  std::chrono::milliseconds rest{10000};  ///< for which a store that failed is left alone
  bool may_hang = true;                   ///< calls may never return, and get threads of their own
};

/// Safe for any number of threads of one process.
class PatientCache : public SharedCache {
 public:
  enum class Part { Reading, Writing };
  /// Told when a part is left alone, and when it works again: once each, not for every try.
  using Observer = std::function<void(Part part, bool works, const std::string& why)>;

  /// May be made before a fork.
  PatientCache(std::shared_ptr<Store> store, Patience patience, Observer observer);
  ~PatientCache() override;

  std::optional<std::string> get(const std::string& id) override;
  void put(const std::string& id, const std::string& data, std::int64_t seconds) override;

  /// From here on the cache does nothing.
  void stop();

 private:
  class Side;

  std::optional<std::string> call(Part part, StoreWorkers::Work work);
  void note(Part part, const std::string& failed);

  std::shared_ptr<Store> store_;
  StoreWorkers workers_;
  Patience patience_;
  Observer observer_;
  std::unique_ptr<Side> sides_[2];
  std::atomic<bool> over_{false};
};

}  // namespace certmap
