// What all processes of the server together do seldom.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace certmap {

/// True for one of all who ask, once in `interval_ms`, where they share `last_ms`, zero at first.
inline bool is_time_again(std::atomic<std::int64_t>& last_ms, std::int64_t interval_ms) {
  // The same for all processes of a machine; never set back.
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  const std::int64_t now = std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
  std::int64_t last = last_ms;
  return (last == 0 || now - last >= interval_ms) && last_ms.compare_exchange_strong(last, now);
}

}  // namespace certmap
