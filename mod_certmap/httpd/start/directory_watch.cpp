#include "httpd/start/directory_watch.h"

#include <mod_watchdog.h>

#include <string>

#include "httpd/base/guarded.h"
#include "httpd/base/messages.h"
#include "httpd/base/pool.h"
#include "httpd/count/counters.h"
#include "httpd/request/report.h"

namespace certmap {
namespace {

constexpr apr_interval_time_t kIdleInterval = apr_time_from_sec(5);
constexpr apr_interval_time_t kCheckInterval = apr_time_from_msec(100);

struct Watch {
  const Configuration* configuration;
  server_rec* server;
  Health unchecked;  ///< shared: the first child that takes it down looks
};

void report_change(Watch& watch, const Directory& directory, bool up, const std::string& why) {
  const auto name = directory.name();
  count_change(*watch.configuration, directory, up, why);
  if (up)
    report(watch.server, message::kDirectoryUp, name + " answers again");
  else
    report(watch.server, message::kDirectoryDown,
           "lookups in " + name + " fail, and are answered with 503: " + why);
  ServerEvent event{.action = up ? "backend_up" : "backend_down", .success = up, .backend = "ldap"};
  event.server = name;
  event.message = why;
  write_server_event(*watch.configuration, event, watch.server);
}

apr_status_t close_idle(int state, void* data, apr_pool_t*) {
  auto& watch = *static_cast<Watch*>(data);
  if (state != AP_WATCHDOG_STATE_RUNNING) return APR_SUCCESS;
  return guarded(watch.server, APR_SUCCESS, [&] {
    for (const auto& directory : watch.configuration->checked.directories) directory->close_idle();
    return APR_SUCCESS;
  });
}

void check(Watch& watch) {
  for (const auto& [place, source] : watch.configuration->checked.directory_rules)
    for (const auto& warning : source->check())
      report(watch.server, message::kDirectoryDoubt, place.text() + ": " + warning);
}

/// APR_EOF: not again.
apr_status_t check_once(int state, void* data, apr_pool_t*) {
  auto& watch = *static_cast<Watch*>(data);
  if (state != AP_WATCHDOG_STATE_RUNNING) return APR_SUCCESS;
  return guarded(watch.server, APR_EOF, [&] {
    if (watch.unchecked.set(false)) check(watch);
    return APR_EOF;
  });
}

void start_watchdog(const char* name, bool one_child, apr_interval_time_t interval,
                    ap_watchdog_callback_fn_t* callback, Watch* watch, apr_pool_t* pconf) {
  const auto get_instance = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_get_instance);
  const auto register_callback = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_register_callback);
  ap_watchdog_t* watchdog = nullptr;
  if (get_instance && register_callback &&
      get_instance(&watchdog, name, 0, one_child, pconf) == APR_SUCCESS)
    register_callback(watchdog, interval, watch, callback);
}

}  // namespace

void watch_directories(Configuration& configuration, apr_pool_t* pconf, server_rec* main_server) {
  if (configuration.checked.directories.empty()) return;
  auto* watch = make_in_pool<Watch>(pconf, &configuration, main_server);
  for (const auto& directory : configuration.checked.directories)
    directory->set_observer([watch](const Directory& changed, bool up, const std::string& why) {
      report_change(*watch, changed, up, why);
    });
  start_watchdog("_certmap_idle_", false, kIdleInterval, close_idle, watch, pconf);
  start_watchdog("_certmap_ldap_", true, kCheckInterval, check_once, watch, pconf);
}

}  // namespace certmap
