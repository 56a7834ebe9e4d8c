#include "httpd/start/cache_startup.h"

#include <util_mutex.h>

#include <memory>
#include <string>
#include <utility>

#include "httpd/base/messages.h"
#include "httpd/base/retained.h"
#include "httpd/config/config.h"
#include "httpd/config/shared_store.h"

namespace certmap {
namespace {

constexpr const char* kMutexType = "certmap-cache";
constexpr const char* kCacheName = "certmap";

bool needs_mutex(const CacheSetup& setup) {
  return (setup.provider->flags & AP_SOCACHE_FLAG_NOTMPSAFE) != 0;
}

/// Those that need a mutex lie on this machine.
bool may_hang(const CacheSetup& setup) { return !needs_mutex(setup); }

bool initialize(CacheSetup& setup, apr_pool_t* pconf, server_rec* s) {
  constexpr ap_socache_hints kHints{32, 512, apr_time_from_sec(30)};
  if (needs_mutex(setup) && ap_global_mutex_create(&setup.mutex, nullptr, kMutexType, nullptr, s,
                                                   pconf, 0) != APR_SUCCESS)
    return false;
  const auto status = setup.provider->init(setup.instance, kCacheName, &kHints, s, setup.pool);
  setup.initialized = status == APR_SUCCESS;
  if (!setup.initialized)
    report(s, message::kNoCacheAtStart,
           setup.place + ": CertMapCache " + setup.provider->name +
               " could not be set up: " + error_text(status));
  return setup.initialized;
}

void report_change(const CacheSetup& setup, server_rec* s, PatientCache::Part part, bool works,
                   const std::string& why) {
  const std::string doing = part == PatientCache::Part::Reading ? "reading" : "writing";
  const auto cache = doing + " the cache " + setup.provider->name;
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
  auto& setup = configuration.cache;
  configuration.lookups.set_times(setup.times);
  if (!setup.provider) return true;
  // A restart that fails would leave no server at all.
  if (!initialize(setup, pconf, s)) return is_restart();
  auto cache = std::make_unique<PatientCache>(
      std::make_shared<SocacheStore>(setup, s), Patience{.may_hang = may_hang(setup)},
      [&setup, s](PatientCache::Part part, bool works, const std::string& why) {
        report_change(setup, s, part, works, why);
      });
  setup.cache = cache.get();
  configuration.lookups.share(std::move(cache),
                              setup.secret ? Seal(*setup.secret) : Seal::random());
  return true;
}

void join_cache(Configuration& configuration, apr_pool_t* pchild, server_rec* s) {
  auto& setup = configuration.cache;
  if (!setup.cache) return;
  if (setup.mutex) {
    const auto status =
        apr_global_mutex_child_init(&setup.mutex, apr_global_mutex_lockfile(setup.mutex), pchild);
    if (status != APR_SUCCESS) {
      report(s, message::kNoCache,
             "the mutex of CertMapCache cannot be used; this process shares nothing", status);
      setup.cache->stop();
    }
  }
  apr_pool_cleanup_register(
      pchild, setup.cache,
      [](void* cache) -> apr_status_t {
        static_cast<PatientCache*>(cache)->stop();
        return APR_SUCCESS;
      },
      apr_pool_cleanup_null);
}

}  // namespace certmap
