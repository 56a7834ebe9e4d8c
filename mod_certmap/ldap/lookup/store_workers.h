// A few threads that call a store, so that those who ask need not wait for a call that hangs.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "ldap/lookup/store.h"

namespace certmap {

/// Safe for any number of threads of one process.
class StoreWorkers {
 public:
  using Work = std::function<StoreAnswer(Store&)>;

  /// Threads start with the first call, so it may be made before a fork.
  explicit StoreWorkers(std::shared_ptr<Store> store);
  StoreWorkers(const StoreWorkers&) = delete;
  StoreWorkers& operator=(const StoreWorkers&) = delete;

  enum class Call {
    Answered,
    Late,  ///< the call goes on; nobody will see its answer
    Busy,  ///< it was never made
  };
  struct Result {
    Call call = Call::Busy;
    StoreAnswer answer;
  };
  /// Has `work` done, and waits for it for `patience` at most.
  Result run(Work work, std::chrono::milliseconds patience);

  /// From here on everything is Busy. Ends the threads, but for those that hang for `patience`.
  void stop(std::chrono::milliseconds patience);

 private:
  struct State;
  std::shared_ptr<State> state_;  ///< threads that hang hold it, too
};

}  // namespace certmap
