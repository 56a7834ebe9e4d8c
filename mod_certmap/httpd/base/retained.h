// What outlives restarts: httpd keeps it under a key, from the first start until it is stopped. The
// next configuration finds it, also with another build of this module; so it is plain data, no
// pointer in it leads to code, and a key's number rises with every change of what it stands for.
// All of it is made and found by the process that reads the configuration, before it starts any
// other; children inherit it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "httpd/base/apache.h"

namespace certmap {

/// Memory of AuditMemory, which all processes write to.
inline constexpr const char* kAuditKey = "certmap-audit-1";
/// Memory of CounterMemory, likewise.
inline constexpr const char* kCountersKey = "certmap-counters-4";
/// Memory of KeptMemory, likewise.
inline constexpr const char* kKeptKey = "certmap-kept-certificates-1";
/// Retained.
inline constexpr const char* kRetainedKey = "certmap-kept-2";

/// The memory of a file that is read live; its descriptor is the process's that reads the
/// configuration.
struct RetainedMap {
  RetainedMap* next;
  const char* path;
  int memfd;   ///< -1: none
  int before;  ///< while a configuration is read: another descriptor of what memfd was; -1: none
  bool used;   ///< by the configuration that is being read
};

/// In httpd's process pool; only the process that reads the configuration writes to it.
struct Retained {
  RetainedMap* maps;
  bool started;  ///< a configuration was put in force
};

/// The one Retained of this server, all zero when it is made.
Retained& retained();

/// True from the moment at which a configuration was put in force: what is wrong then no longer
/// stops the server.
inline bool is_restart() { return retained().started; }

/// The shared memory behind a key, all zero when it is made. Throws std::system_error.
void* retained_memory(const char* key, std::size_t size);

/// The same as a T for which zeros are a beginning; its constructor is not run, because that would
/// touch every page of what may never be used.
template <typename T>
T& retained_memory(const char* key) {
  return *static_cast<T*>(retained_memory(key, sizeof(T)));
}

/// True for one of all who ask, once in `interval_ms`, where they share `last_ms`, zero at first.
inline bool is_time_again(std::atomic<std::int64_t>& last_ms, std::int64_t interval_ms) {
  // The same for all processes of a machine; never set back.
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  const std::int64_t now = std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
  std::int64_t last = last_ms;
  return (last == 0 || now - last >= interval_ms) && last_ms.compare_exchange_strong(last, now);
}

}  // namespace certmap
