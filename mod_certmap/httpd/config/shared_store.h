// The shared cache of lookups on one of httpd's socache providers.
#pragma once

#include <cstdint>
#include <string>

#include "httpd/config/cache_directives.h"
#include "ldap/lookup/store.h"

namespace certmap {

/// An instance of a provider, for any thread of any child. Providers that are not safe for several
/// processes are called under the mutex that the cache has by then. Lines, cache and server must
/// outlive it.
class SocacheStore : public Store {
 public:
  SocacheStore(const CacheLines& lines, const RunningCache& cache, server_rec* s)
      : lines_(lines), cache_(cache), server_(s) {}
  StoreAnswer get(const std::string& id) override;
  StoreAnswer put(const std::string& id, const std::string& data, std::int64_t seconds) override;

 private:
  const CacheLines& lines_;
  const RunningCache& cache_;
  server_rec* server_;
};

/// Makes a pool for the provider's instance that threads may share and that children never clear,
/// because a thread may still wait for the store in them. It ends with `pconf`.
apr_pool_t* make_store_pool(const CacheLines& lines, apr_pool_t* pconf, server_rec* s);

/// Lets an instance that was initialized end with `pconf`, before its pool.
void end_instance_with(apr_pool_t* pconf, const CacheLines& lines, server_rec* s);

/// What APR says of the status.
std::string error_text(apr_status_t status);

}  // namespace certmap
