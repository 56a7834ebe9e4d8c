// The shared cache of lookups on one of httpd's socache providers.
#pragma once

#include <cstdint>
#include <string>

#include "httpd/config/cache_directives.h"
#include "ldap/lookup/store.h"

namespace certmap {

/// An instance of a provider. Providers that are not safe for several processes are called under
/// the mutex that the setup has by then.
class SocacheStore : public Store {
 public:
  SocacheStore(const CacheSetup& setup, server_rec* s) : setup_(setup), server_(s) {}
  StoreAnswer get(const std::string& id) override;
  StoreAnswer put(const std::string& id, const std::string& data, std::int64_t seconds) override;

 private:
  const CacheSetup& setup_;
  server_rec* server_;
};

/// A pool for the provider's instance that threads may share and that children never clear, because
/// a thread may still wait for the store in them. Ends the instance and itself with `pconf`.
apr_pool_t* make_store_pool(CacheSetup& setup, apr_pool_t* pconf, server_rec* s);

std::string error_text(apr_status_t status);

}  // namespace certmap
