#include "httpd/audit/memory.h"

#include <functional>

#include "httpd/base/seldom.h"

namespace certmap {
namespace {

constexpr std::int64_t kReportInterval = 1000;  ///< milliseconds

static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
static_assert(std::atomic<bool>::is_always_lock_free);

}  // namespace

AuditCounters& AuditMemory::counters_of(std::string_view target) {
  const std::uint64_t key = std::hash<std::string_view>()(target) | 1;
  for (AuditCounters& counters : logs) {
    if (counters.key == 0) counters.key = key;
    if (counters.key == key) return counters;
  }
  return logs.back();
}

bool AuditMemory::may_report() { return is_time_again(last_report_ms, kReportInterval); }

}  // namespace certmap
