// A request that no client made: the place in the configuration that a URL path leads to, found by
// httpd's own section walk.
#pragma once

#include <string>
#include <vector>

#include "core/explain/protocol.h"
#include "httpd/base/apache.h"

namespace certmap {

struct ImaginedRequest {
  request_rec* r = nullptr;
  std::vector<std::string> access_files;  ///< .htaccess files that were read
  /// Why httpd answers before access is checked, or why it cannot be known where the path leads;
  /// empty: neither.
  std::string stops;
};

/// Prepares what httpd does only when it starts to serve. Must be called once, before the first
/// request.
void prepare_for_requests(apr_pool_t* pool, server_rec* main_server);

/// Makes the request that is asked about, and walks the sections for it. Throws ConfigError where
/// its location is no URL path.
ImaginedRequest imagine_request(apr_pool_t* pool, server_rec* s, const AskedPlace& place);

/// Calls the hook functions of the named modules only, as httpd would call them; others may need
/// what they set up when the server starts.
template <typename Link, typename... Args>
int run_hooks_of(const apr_array_header_t* hooks, std::initializer_list<const char*> modules,
                 Args... args) {
  for (const auto& link : elements_of<Link>(hooks))
    for (const char* module : modules) {
      if (!link.szName || ap_cstr_casecmp(link.szName, module) != 0) continue;
      if (const int status = link.pFunc(args...); status != DECLINED) return status;
    }
  return DECLINED;
}

}  // namespace certmap
