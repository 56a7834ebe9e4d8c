// CertMapCache and CertMapCacheSecret: lookups that processes and machines share. Only the process
// that reads the configuration calls these functions.
#pragma once

#include <ap_socache.h>

#include <optional>
#include <string>

#include "httpd/base/apache.h"
#include "ldap/lookup/lookups.h"
#include "ldap/lookup/patient_cache.h"

namespace certmap {

/// What the two lines leave behind.
struct CacheLines {
  const ap_socache_provider_t* provider = nullptr;  ///< null: there is no CertMapCache
  ap_socache_instance_t* instance = nullptr;
  apr_pool_t* pool = nullptr;  ///< of the instance; see shared_store.h
  LookupTimes times;
  std::string place;  ///< FILE:LINE of CertMapCache
  std::optional<std::string> secret;
  std::string secret_place;
};

/// What is made of those lines when the configuration is put in force.
struct RunningCache {
  apr_global_mutex_t* mutex = nullptr;  ///< null: the provider needs none
  PatientCache* cache = nullptr;  ///< owned by the Lookups that use it; null: nothing is shared
};

/// The handler of CertMapCache PROVIDER[:ARGS] [TTL [NEGATIVE-TTL]]
const char* set_cache(cmd_parms* cmd, void*, const char* provider, const char* hit,
                      const char* none);
/// The handler of CertMapCacheSecret file:PATH
const char* set_cache_secret(cmd_parms* cmd, void*, const char* source);

/// Checks what can only be checked when both lines were read. Reports what is wrong, and returns
/// false where httpd may not start.
bool check_cache(const CacheLines& lines, server_rec* main_server);

}  // namespace certmap
