#include "httpd/audit/memory.h"

#include <sys/mman.h>

#include <cerrno>
#include <chrono>
#include <functional>
#include <new>
#include <system_error>

#include "httpd/base/apache.h"

namespace certmap {
namespace {

constexpr const char* kKey = "certmap-audit-1";  ///< rises with every change of AuditMemory
constexpr std::int64_t kReportInterval = 1000;   ///< milliseconds

static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
static_assert(std::atomic<bool>::is_always_lock_free);

AuditMemory* map_memory() {
  void* memory =
      mmap(nullptr, sizeof(AuditMemory), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    throw std::system_error(errno, std::system_category(), "shared memory for audit logs");
  }
  return new (memory) AuditMemory;
}

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

AuditMemory& audit_memory() {
  auto* kept = static_cast<AuditMemory**>(ap_retained_data_get(kKey));
  if (kept == nullptr || *kept == nullptr) {
    AuditMemory* memory = map_memory();
    kept = static_cast<AuditMemory**>(ap_retained_data_create(kKey, sizeof(memory)));
    *kept = memory;
  }
  return **kept;
}

}  // namespace certmap
