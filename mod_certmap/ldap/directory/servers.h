// The servers of a directory: which to try first, as this process knows them.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <vector>

namespace certmap {

/// Safe for any number of threads.
class Servers {
 public:
  using Clock = std::chrono::steady_clock;
  /// For so long a server that failed is tried last; then one caller finds out for the others.
  static constexpr std::chrono::seconds kAvoided{30};

  explicit Servers(std::size_t count) : avoided_until_(count) {}

  /// The numbers of all servers, in the order to try them in.
  std::vector<std::size_t> order(Clock::time_point now);
  void failed(std::size_t server, Clock::time_point now);
  void answered(std::size_t server);

 private:
  std::mutex mutex_;
  std::vector<Clock::time_point> avoided_until_;  ///< the epoch: it is not
};

}  // namespace certmap
