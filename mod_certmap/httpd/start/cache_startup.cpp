#include <util_mutex.h>

#include <memory>
#include <string>
#include <utility>

#include "httpd/base/messages.h"
#include "httpd/base/pool.h"
#include "httpd/base/retained.h"
#include "httpd/config/config.h"
#include "httpd/config/shared_store.h"
#include "httpd/start/steps.h"

namespace certmap {
namespace {

constexpr const char* kMutexType = "certmap-cache";
constexpr const char* kCacheName = "certmap";

bool needs_mutex(const CacheLines& lines) {
  return (lines.provider->flags & AP_SOCACHE_FLAG_NOTMPSAFE) != 0;
}

/// Those that need a mutex lie on this machine.
bool may_hang(const CacheLines& lines) { return !needs_mutex(lines); }

bool initialize(const CacheLines& lines, RunningCache& cache, apr_pool_t* pconf, server_rec* s) {
  constexpr ap_socache_hints kHints{32, 512, apr_time_from_sec(30)};
  if (needs_mutex(lines) && ap_global_mutex_create(&cache.mutex, nullptr, kMutexType, nullptr, s,
                                                   pconf, 0) != APR_SUCCESS)
    return false;
  const auto status = lines.provider->init(lines.instance, kCacheName, &kHints, s, lines.pool);
  if (status == APR_SUCCESS)
    end_instance_with(pconf, lines, s);
  else
    report(s, message::kNoCacheAtStart,
           lines.place + ": CertMapCache " + lines.provider->name +
               " could not be set up: " + error_text(status));
  return status == APR_SUCCESS;
}

void report_change(const CacheLines& lines, server_rec* s, PatientCache::Part part, bool works,
                   const std::string& why) {
  const std::string doing = part == PatientCache::Part::Reading ? "reading" : "writing";
  const auto cache = doing + " the cache " + lines.provider->name;
  if (works)
    report(s, message::kCacheUp, cache + " works again");
  else
    report(
        s, message::kCacheDown,
        cache + " failed: " + why + "; this process leaves it alone, and tries again every 10 s");
}

}  // namespace

void register_cache_mutex(apr_pool_t* pconf) {
  ap_mutex_register(pconf, kMutexType, nullptr, APR_LOCK_DEFAULT, 0);
}

bool start_cache(Configuration& configuration, apr_pool_t* pconf, server_rec* s) {
  const auto& lines = configuration.lines.cache;
  auto& running = configuration.in_force.cache;
  configuration.checked.lookups.set_times(lines.times);
  if (!lines.provider) return true;
  // A restart that fails would leave no server at all.
  if (!initialize(lines, running, pconf, s)) return is_restart();
  auto cache = std::make_unique<PatientCache>(
      std::make_shared<SocacheStore>(lines, running, s), Patience{.may_hang = may_hang(lines)},
      [&lines, s](PatientCache::Part part, bool works, const std::string& why) {
        report_change(lines, s, part, works, why);
      });
  running.cache = cache.get();
  configuration.checked.lookups.share(std::move(cache),
                                      lines.secret ? Seal(*lines.secret) : Seal::random());
  return true;
}

void join_cache(Configuration& configuration, apr_pool_t* pchild, server_rec* s) {
  auto& running = configuration.in_force.cache;
  if (!running.cache) return;
  if (running.mutex) {
    const auto status = apr_global_mutex_child_init(
        &running.mutex, apr_global_mutex_lockfile(running.mutex), pchild);
    if (status != APR_SUCCESS) {
      report(s, message::kNoCache,
             "the mutex of CertMapCache cannot be used; this process shares nothing", status);
      running.cache->stop();
    }
  }
  at_end_of(pchild, running.cache, [](PatientCache& cache) { cache.stop(); });
}

}  // namespace certmap
