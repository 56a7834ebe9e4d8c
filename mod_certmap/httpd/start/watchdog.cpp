#include "httpd/start/watchdog.h"

#include <mod_watchdog.h>

#include "httpd/base/guarded.h"
#include "httpd/base/pool.h"

namespace certmap {
namespace {

/// APR_EOF: not again.
apr_status_t on_watchdog(int state, void* data, apr_pool_t*) {
  if (state != AP_WATCHDOG_STATE_RUNNING) return APR_SUCCESS;
  const auto& task = *static_cast<const Task*>(data);
  const apr_status_t done = task.once ? APR_EOF : APR_SUCCESS;
  return guarded(task.server, done, [&] {
    task.work();
    return done;
  });
}

}  // namespace

bool has_watchdog() { return APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_get_instance) != nullptr; }

/// What every child does is not mod_watchdog's singleton, which would take its time to go on when
/// its child ends.
bool start_task(const Task& task, apr_pool_t* pconf) {
  const auto get_instance = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_get_instance);
  const auto register_callback = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_register_callback);
  ap_watchdog_t* watchdog = nullptr;
  return get_instance && register_callback &&
         get_instance(&watchdog, task.name, 0, task.once, pconf) == APR_SUCCESS &&
         register_callback(watchdog, task.interval, make_in_pool<Task>(pconf, task), on_watchdog) ==
             APR_SUCCESS;
}

}  // namespace certmap
