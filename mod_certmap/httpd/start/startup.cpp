#include "httpd/start/startup.h"

#include <http_ssl.h>
#include <openssl/crypto.h>

#include <string>

#include "core/text/error.h"
#include "httpd/base/guarded.h"
#include "httpd/base/retained.h"
#include "httpd/config/map_store.h"
#include "httpd/count/counters.h"
#include "httpd/keep/keep.h"
#include "httpd/request/report.h"
#include "httpd/start/steps.h"
#include "httpd/start/watchdog.h"
#include "httpd/trial/trial.h"

namespace certmap {
namespace {

/// httpd reads its configuration twice at start; the first reading is never in force.
bool is_rehearsal() { return ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG; }

/// SSL objects may be shared only where mod_ssl runs on the library that this module runs on.
bool is_same_openssl(apr_pool_t* pool, server_rec* s) {
  const char* theirs = ap_ssl_var_lookup(pool, s, nullptr, nullptr, "SSL_VERSION_LIBRARY");
  const auto ours = std::string("OpenSSL/") + OpenSSL_version(OPENSSL_FULL_VERSION_STRING);
  return or_empty(theirs) == ours;
}

std::string host_name(apr_pool_t* pool) {
  char name[APRMAXHOSTLEN + 1] = "";
  return apr_gethostname(name, APRMAXHOSTLEN, pool) == APR_SUCCESS ? name : "";
}

void open_audit_logs(apr_pool_t* pconf, server_rec* main_server) {
  auto& logs = configuration_of(pconf).in_force.audit_logs;
  for (const auto* s : servers_of(main_server)) {
    auto& config = writable_config(s);
    if (const auto& target = config.lines.audit_target) config.audit = logs.find_or_add(*target);
  }
  logs.open_all(pconf, main_server);
}

}  // namespace

int pre_config(apr_pool_t* pconf, apr_pool_t*, apr_pool_t*) {
  register_cache_mutex(pconf);
  return OK;
}

int open_logs(apr_pool_t* pconf, apr_pool_t*, apr_pool_t*, server_rec* s) {
  return guarded(s, HTTP_INTERNAL_SERVER_ERROR, [&] {
    try {
      if (!is_rehearsal()) open_audit_logs(pconf, s);
      return OK;
    } catch (const ConfigError&) {
      return HTTP_INTERNAL_SERVER_ERROR;  // what cannot be opened has been said
    }
  });
}

int post_config(apr_pool_t* pconf, apr_pool_t*, apr_pool_t* ptemp, server_rec* s) {
  return guarded(s, HTTP_INTERNAL_SERVER_ERROR, [&] {
    if (is_rehearsal()) return OK;
    auto& configuration = configuration_of(pconf);
    if (!start_cache(configuration, pconf, s)) return HTTP_INTERNAL_SERVER_ERROR;
    configuration.in_force.same_openssl = is_same_openssl(ptemp, s);
    configuration.in_force.host_name = host_name(ptemp);
    start_keep(configuration, s);
    watch_live_files(configuration, pconf, s);
    watch_directories(configuration, pconf, s);
    write_server_event(configuration, {.action = "start"}, s);
    report_since_last_start(configuration, s);
    close_unused_maps();
    retained().started = true;
    return OK;
  });
}

void child_init(apr_pool_t* pchild, server_rec* s) {
  guarded(s, [&] {
    auto& configuration = configuration_of(s->process->pconf);
    join_counters(configuration);
    join_cache(configuration, pchild, s);
    start_trial_thread(configuration, pchild);
    end_tasks_with(pchild, configuration);
  });
}

}  // namespace certmap
