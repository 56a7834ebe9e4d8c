#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>
#include <unixd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/text/joined.h"
#include "httpd/count/counters.h"
#include "httpd/request/report.h"
#include "httpd/start/live_kind.h"
#include "httpd/start/steps.h"
#include "httpd/start/watchdog.h"

namespace certmap {
namespace {

/// A file that is written in place has to rest for a second: with what mod_watchdog and two looks
/// may take, it is read within two.
constexpr apr_interval_time_t kInterval = apr_time_from_msec(200);
/// Of a request that comes when mod_watchdog looks no more.
constexpr std::chrono::seconds kPatience{2};

/// The file that is meant, where a path stands for many.
const std::string& path_of(const LiveFile& file, const FileLoad& load) {
  return load.path.empty() ? file.path() : load.path;
}

void report_being_written(const LiveFile& file, const FileLoad& load, server_rec* s) {
  report(s, message::kBeingWritten,
         kind_of(file).noun + (" " + path_of(file, load)) +
             " is being written in place; its last good state stays in force until it "
             "has been at rest for a second");
}

/// A file that is reached in several ways, under another CertMapIssuedBy or in a folder, is read
/// for each of them, and told of once.
class Told {
 public:
  /// False where a LiveFile before this one said the same.
  bool is_new(const std::string& words) {
    own_.insert(words);
    return !before_.contains(words);
  }
  void next_file() { before_.merge(std::exchange(own_, {})); }

 private:
  std::set<std::string> before_, own_;
};

std::string words_of(const LiveFile& file, const FileLoad& load) {
  return path_of(file, load) + "\n" + joined(load.errors) + "\n" + joined(load.warnings);
}

void report_stale(const Configuration& configuration, const LiveFile& file, const FileLoad& load,
                  server_rec* s, Told& told) {
  for (const auto& [path, text] : load.run_out) {
    if (!told.is_new(text)) continue;
    report(s, message::kCrlStale, text);
    ServerEvent event{.action = "crl_stale", .success = false, .backend = kind_of(file).backend};
    event.path = path;
    event.message = text;
    write_server_event(configuration, event, s);
  }
}

/// Writes audit event and error-log lines of a file that was read while the server runs.
void report_reload(const Configuration& configuration, const LiveFile& file, const FileLoad& load,
                   server_rec* s) {
  const auto& kind = kind_of(file);
  const auto& path = path_of(file, load);
  for (const auto& warning : load.warnings) report(s, kind.warning, warning);
  for (const auto& error : load.errors) report(s, kind.error, error);
  const bool good = load.errors.empty();
  const auto name = kind.noun + (" " + path);
  if (good)
    report(s, kind.read, name + " was read, generation " + std::to_string(file.generation()));
  else
    report(s, kind.not_read, name + " has errors; its last good state stays in force");
  ServerEvent event{
      .action = good ? kind.reload : kind.reload_failed, .success = good, .backend = kind.backend};
  event.path = path;
  if (kind.has_generation) event.map_generation = file.generation();
  if (!good) event.message = load.errors[0];
  write_server_event(configuration, event, s);
}

/// What no request holds any more is given back.
void let_old_views_go(server_rec* main_server) {
  for (const auto* s : servers_of(main_server))
    for (const auto& [use, mapper] : server_config(s).mappers) mapper->crls().let_old_view_go();
}

void report_load(const Configuration& configuration, const LiveFile& file, const FileLoad& load,
                 server_rec* s, Told& told) {
  const auto words = words_of(file, load);
  const bool has_news = load.changed || !load.errors.empty();
  if (load.being_written && told.is_new("written " + words)) report_being_written(file, load, s);
  for (const auto& note : load.notes)
    if (told.is_new(note)) report(s, message::kCrlPassedOver, note);
  if ((load.news || has_news) && told.is_new("counted " + file.path() + "\n" + words))
    count_load(file, load, true);
  if (has_news && told.is_new(words)) report_reload(configuration, file, load, s);
  report_stale(configuration, file, load, s, told);
}

/// True where a file waits until it rests.
bool look(const Configuration& configuration, server_rec* s) {
  Told told;
  bool waits = false;
  for (const auto& file : configuration.lines.resources.live_files()) {
    const bool is_silent = file->is_superseded();
    std::vector<FileLoad> loads;
    if (configuration.in_force.watched.contains(file.get())) loads = file->reload_all();
    waits = waits || std::ranges::any_of(loads, &FileLoad::waits);
    if (is_silent) continue;
    for (const auto& load : loads) report_load(configuration, *file, load, s, told);
    for (const auto& load : file->passed()) report_stale(configuration, *file, load, s, told);
    told.next_file();
  }
  let_old_views_go(s);
  return waits;
}

/// Whatever else is wrong with it now may be mended: it is not there, or a link to itself.
bool is_not_forbidden(const std::string& path) {
  return access(path.c_str(), R_OK) == 0 || errno != EACCES;
}

/// Asks a short-lived process that has httpd's User, because reloading runs as that.
bool user_can_read(const std::vector<std::string>& paths) {
  if (geteuid() != 0) return std::ranges::all_of(paths, is_not_forbidden);
  const pid_t child = fork();
  if (child == 0) {
    const auto& unixd = ap_unixd_config;
    const bool dropped = initgroups(unixd.user_name, unixd.group_id) == 0 &&
                         setgid(unixd.group_id) == 0 && setuid(unixd.user_id) == 0;
    _exit(dropped && std::ranges::all_of(paths, is_not_forbidden) ? 0 : 1);
  }
  int status = 1;
  return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

void report_off(const server_rec* s, const LiveFile& file, const std::string& why) {
  report(s, message::kReloadOff,
         "live reload of " + (kind_of(file).noun + (" " + file.path())) + " is off: " + why);
}

constexpr const char* kNoWatchdog = "mod_watchdog is not loaded; add its LoadModule line";

/// Empty: children can read it anew.
std::string why_not_live(const LiveFile& file, bool has_task) {
  if (ap_unixd_config.chroot_dir)
    return std::string("under ChrootDir ") + ap_unixd_config.chroot_dir +
           " the path leads to another file; restart httpd after a change";
  const auto paths = file.read_paths();
  if (user_can_read(paths)) return has_task ? "" : kNoWatchdog;
  for (const auto& path : paths)
    if (!user_can_read({path}))
      return std::string("User ") + ap_unixd_config.user_name + " may not read " +
             (path == file.path() ? "it" : path) +
             "; give its group read permission, or restart httpd after a change";
  return {};
}

}  // namespace

void check_watch(const Configuration& configuration, const server_rec* s) {
  Told told;
  for (const auto& file : configuration.lines.resources.live_files()) {
    const auto why_not = why_not_live(*file, has_watchdog());
    if (!why_not.empty()) report_off(s, *file, why_not);
    for (const auto& load : file->passed())
      for (const auto& [path, text] : load.run_out)
        if (told.is_new(text)) report(s, message::kCrlStaleAtStart, text);
    told.next_file();
  }
}

void watch_live_files(Configuration& configuration, apr_pool_t* pconf, server_rec* s) {
  const auto files = configuration.lines.resources.live_files();
  if (files.empty()) return;
  const auto work = [&configuration, s] { look(configuration, s); };
  const bool has_task = start_task({"_certmap_", kInterval, false, s, work}, configuration, pconf);
  if (has_task)
    configuration.in_force.look_at_files = [&configuration, s] {
      const auto end = std::chrono::steady_clock::now() + kPatience;
      while (look(configuration, s) && std::chrono::steady_clock::now() < end)
        std::this_thread::sleep_for(std::chrono::microseconds(kInterval));
    };
  for (const auto& file : files) {
    const auto why_not = why_not_live(*file, has_task);
    if (why_not.empty())
      configuration.in_force.watched.insert(file.get());
    else
      report_off(s, *file, why_not);
  }
}

void report_since_last_start(const Configuration& configuration, server_rec* s) {
  Told told;
  const LiveFile* last = nullptr;
  for (const auto& [file, load] : configuration.checked.reloads) {
    if (std::exchange(last, file.get()) != file.get()) told.next_file();
    if (told.is_new(words_of(*file, load))) report_reload(configuration, *file, load, s);
  }
  for (const auto& file : configuration.lines.resources.live_files()) {
    told.next_file();
    for (const auto& load : file->passed()) report_stale(configuration, *file, load, s, told);
  }
}

}  // namespace certmap
