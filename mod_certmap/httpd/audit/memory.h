// What all processes of the server know of its audit logs, also over restarts.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace certmap {

/// One audit log. Counts from the start of the server.
struct alignas(64) AuditCounters {
  std::atomic<std::uint64_t> key{0};  ///< hash of the target; 0: free
  std::atomic<std::uint64_t> sequence{0};
  std::atomic<std::uint64_t> failed{0};
  std::atomic<bool> torn{false};  ///< the file ends inside a line
};

/// Shared by all processes. The layout is part of the key under which httpd keeps it: an earlier or
/// later version of this module finds its own.
struct AuditMemory {
  std::atomic<std::int64_t> last_report_ms{0};
  std::array<AuditCounters, 1023> logs;

  /// The log's counters, fresh where this is the first reading that names it. Where there is no
  /// room left, logs share the last ones. Only one process may call this.
  AuditCounters& counters_of(std::string_view target);

  /// True for one process, at most once a second.
  bool may_report();
};

/// Made by the first call, in the process that starts all others. Throws std::system_error.
AuditMemory& audit_memory();

}  // namespace certmap
