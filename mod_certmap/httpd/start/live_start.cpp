#include <mpm_common.h>
#include <sys/types.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <utility>

#include "httpd/base/messages.h"
#include "httpd/base/retained.h"
#include "httpd/count/counters.h"
#include "httpd/start/live_kind.h"
#include "httpd/start/steps.h"

namespace certmap {
namespace {

bool may_go_on(const server_rec* main_server) {
  return is_restart() || only_sends_signal(main_server->process->pconf);
}

/// What of the file is in force all the same.
std::string consequence_of(const LiveFile& file, const server_rec* main_server) {
  if (!may_go_on(main_server)) return "; mend what is named above";
  if (!is_restart()) return "; the server that runs keeps its last good state";
  return file.generation() > 0 ? "; its last good state stays in force" : kind_of(file).when_unread;
}

void report_at_start(const LiveFile& file, const FileLoad& load, server_rec* main_server) {
  const auto& kind = kind_of(file);
  for (const auto& note : load.notes) report(main_server, message::kCrlPassedOver, note);
  for (const auto& warning : load.warnings) report(main_server, kind.warning_at_start, warning);
  for (const auto& error : load.errors) report(main_server, kind.error_at_start, error);
}

/// A bad file stops a first start and `httpd -t`; over a restart, and for who asks for one, the
/// last good state stays.
bool read_live_file(Configuration& configuration, const std::shared_ptr<LiveFile>& file,
                    server_rec* main_server) {
  bool good = true;
  for (auto& load : file->load_all()) {
    count_load(*file, load, false);
    report_at_start(*file, load, main_server);
    good &= load.errors.empty();
    if (is_restart() && (load.changed || (!load.errors.empty() && load.news)))
      configuration.checked.reloads.emplace_back(file, std::move(load));
  }
  const auto& [directive, place] = configuration.lines.live_places.at(file.get());
  if (!good)
    report(main_server, kind_of(*file).has_errors,
           place.text() + ": " + directive + " " + file->path() + " has errors" +
               consequence_of(*file, main_server));
  return good || may_go_on(main_server);
}

}  // namespace

bool only_sends_signal(apr_pool_t* pool) {
  pid_t running = 0;
  return ap_state_query(AP_SQ_RUN_MODE) == AP_SQ_RM_NORMAL &&
         ap_read_pid(pool, ap_pid_fname, &running) == APR_SUCCESS && running != getpid() &&
         kill(running, 0) == 0;
}

bool read_live_files(Configuration& configuration, server_rec* main_server) {
  bool good = true;
  for (const auto& file : configuration.lines.resources.live_files())
    good &= read_live_file(configuration, file, main_server);
  return good;
}

}  // namespace certmap
