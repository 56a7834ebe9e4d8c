#include "httpd/audit/memory.h"

#include <chrono>
#include <functional>

namespace certmap {
namespace {

constexpr std::int64_t kReportInterval = 1000;  ///< milliseconds

static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
static_assert(std::atomic<bool>::is_always_lock_free);

/// The same for all processes of a machine; never set back.
std::int64_t steady_ms() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace

AuditCounters& AuditMemory::counters_of(std::string_view target) {
  const std::uint64_t key = std::hash<std::string_view>()(target) | 1;
  for (AuditCounters& counters : logs) {
    if (counters.key == 0) counters.key = key;
    if (counters.key == key) return counters;
  }
  return logs.back();
}

bool AuditMemory::may_report() {
  const std::int64_t now = steady_ms();
  std::int64_t last = last_report_ms;
  return (last == 0 || now - last >= kReportInterval) &&
         last_report_ms.compare_exchange_strong(last, now);
}

}  // namespace certmap
