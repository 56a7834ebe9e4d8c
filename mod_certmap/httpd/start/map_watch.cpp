#include "httpd/start/map_watch.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>
#include <unixd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "httpd/base/messages.h"
#include "httpd/count/counters.h"
#include "httpd/request/report.h"
#include "httpd/start/watchdog.h"

namespace certmap {
namespace {

/// A file that is written in place has to rest for a second: with what mod_watchdog and two looks
/// may take, it is read within two.
constexpr apr_interval_time_t kInterval = apr_time_from_msec(200);

using MapFiles = std::vector<std::shared_ptr<MapFile>>;

void report_being_written(const MapFile& file, server_rec* s) {
  report(s, message::kMapBeingWritten,
         "map file " + file.path() +
             " is being written in place; its last good state stays in force until it "
             "has been at rest for a second");
}

void look(const Configuration& configuration, const MapFiles& files, server_rec* s) {
  for (const auto& file : files) {
    const auto load = file->reload();
    if (load.being_written) report_being_written(*file, s);
    if (load.news || load.changed || !load.errors.empty()) count_load(*file, load, true);
    if (load.changed || !load.errors.empty()) report_reload(configuration, *file, load, s);
  }
}

/// A file that is not there now may come back.
bool is_readable_or_gone(const std::string& path) {
  return access(path.c_str(), R_OK) == 0 || errno == ENOENT;
}

/// Asks a short-lived process that has httpd's User, because reloading runs as that.
bool user_can_read(const std::string& path) {
  if (geteuid() != 0) return is_readable_or_gone(path);
  const pid_t child = fork();
  if (child == 0) {
    const auto& unixd = ap_unixd_config;
    const bool dropped = initgroups(unixd.user_name, unixd.group_id) == 0 &&
                         setgid(unixd.group_id) == 0 && setuid(unixd.user_id) == 0;
    _exit(dropped && is_readable_or_gone(path) ? 0 : 1);
  }
  int status = 1;
  return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

void report_off(const server_rec* s, const std::string& path, const std::string& why) {
  report(s, message::kReloadOff, "live reload of map file " + path + " is off: " + why);
}

/// Empty: children can read it anew.
std::string why_not_live(const std::string& path) {
  if (ap_unixd_config.chroot_dir)
    return std::string("under ChrootDir ") + ap_unixd_config.chroot_dir +
           " the path leads to another file; restart httpd after a change";
  if (user_can_read(path)) return {};
  return std::string("User ") + ap_unixd_config.user_name +
         " may not read it; give its group read permission, or restart httpd after a change";
}

constexpr const char* kNoWatchdog = "mod_watchdog is not loaded; add its LoadModule line";

}  // namespace

void check_map_watch(const Configuration& configuration, const server_rec* s) {
  for (const auto& [path, file] : configuration.lines.resources.map_files()) {
    auto why_not = why_not_live(path);
    if (why_not.empty() && !has_watchdog()) why_not = kNoWatchdog;
    if (!why_not.empty()) report_off(s, path, why_not);
  }
}

void watch_map_files(Configuration& configuration, apr_pool_t* pconf, server_rec* s) {
  MapFiles files;
  for (const auto& [path, file] : configuration.lines.resources.map_files()) {
    const auto why_not = why_not_live(path);
    if (why_not.empty())
      files.push_back(file);
    else
      report_off(s, path, why_not);
  }
  if (files.empty()) return;
  const auto work = [&configuration, files, s] { look(configuration, files, s); };
  if (start_task({"_certmap_", kInterval, false, s, work}, pconf)) {
    for (const auto& file : files) configuration.in_force.watched_maps.insert(file->path());
    return;
  }
  for (const auto& file : files) report_off(s, file->path(), kNoWatchdog);
}

void report_reload(const Configuration& configuration, const MapFile& file, const MapLoad& load,
                   server_rec* s) {
  for (const auto& warning : load.warnings) report(s, message::kMapWarning, warning);
  for (const auto& error : load.errors) report(s, message::kMapError, error);
  const bool good = load.errors.empty();
  if (good)
    report(
        s, message::kMapRead,
        "map file " + file.path() + " was read, generation " + std::to_string(file.generation()));
  else
    report(s, message::kMapNotRead,
           "map file " + file.path() + " has errors; its last good state stays in force");
  ServerEvent event{
      .action = good ? "map_reload" : "map_reload_failed", .success = good, .backend = "file"};
  event.path = file.path();
  event.map_generation = file.generation();
  if (!good) event.message = load.errors[0];
  write_server_event(configuration, event, s);
}

}  // namespace certmap
