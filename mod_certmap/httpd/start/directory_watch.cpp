#include "httpd/start/directory_watch.h"

#include <string>

#include "httpd/base/messages.h"
#include "httpd/base/pool.h"
#include "httpd/count/counters.h"
#include "httpd/request/report.h"
#include "httpd/start/watchdog.h"
#include "ldap/lookup/source.h"

namespace certmap {
namespace {

constexpr apr_interval_time_t kIdleInterval = apr_time_from_sec(5);
constexpr apr_interval_time_t kCheckInterval = apr_time_from_msec(100);

void report_change(const Configuration& configuration, server_rec* s, const Directory& directory,
                   bool up, const std::string& why) {
  const auto name = directory.name();
  count_change(configuration, directory, up, why);
  if (up)
    report(s, message::kDirectoryUp, name + " answers again");
  else
    report(s, message::kDirectoryDown,
           "lookups in " + name + " fail, and are answered with 503: " + why);
  ServerEvent event{.action = up ? "backend_up" : "backend_down", .success = up, .backend = "ldap"};
  event.server = name;
  event.message = why;
  write_server_event(configuration, event, s);
}

void close_idle(const Configuration& configuration) {
  for (const auto& directory : configuration.checked.directories) directory->close_idle();
}

void check(const Configuration& configuration, server_rec* s) {
  for (const auto& [place, source] : configuration.checked.directory_rules)
    for (const auto& warning : source->check())
      report(s, message::kDirectoryDoubt, place.text() + ": " + warning);
}

}  // namespace

void watch_directories(Configuration& configuration, apr_pool_t* pconf, server_rec* main_server) {
  if (configuration.checked.directories.empty()) return;
  for (const auto& directory : configuration.checked.directories)
    directory->set_observer(
        [&configuration, main_server](const Directory& changed, bool up, const std::string& why) {
          report_change(configuration, main_server, changed, up, why);
        });
  start_task({"_certmap_idle_", kIdleInterval, false, main_server,
              [&configuration] { close_idle(configuration); }},
             configuration, pconf);
  // It is shared: the first child that takes it down looks.
  auto* unchecked = make_in_pool<Health>(pconf);
  start_task({"_certmap_ldap_", kCheckInterval, true, main_server,
              [&configuration, main_server, unchecked] {
                if (unchecked->set(false)) check(configuration, main_server);
              }},
             configuration, pconf);
}

}  // namespace certmap
