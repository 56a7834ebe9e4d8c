// What all processes of the server know of its audit logs, also over restarts.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "httpd/base/retained.h"

namespace certmap {

/// One audit log. Counts from the start of the server.
struct alignas(64) AuditCounters {
  std::atomic<std::uint64_t> key;  ///< hash of the target; 0: free
  std::atomic<std::uint64_t> sequence;
  std::atomic<std::uint64_t> failed;
  std::atomic<bool> torn;  ///< the file ends inside a line
};

/// Shared by all processes; kAuditKey rises with every change of it.
struct AuditMemory {
  std::atomic<std::int64_t> last_report_ms;
  std::array<AuditCounters, 1023> logs;

  /// The log's counters, fresh where this is the first reading that names it. Where there is no
  /// room left, logs share the last ones. Only one process may call this.
  AuditCounters& counters_of(std::string_view target);

  /// True for one process, at most once a second.
  bool may_report();
};

/// httpd/base/retained.h says who makes it. Throws std::system_error.
inline AuditMemory& audit_memory() { return retained_memory<AuditMemory>(kAuditKey); }

}  // namespace certmap
