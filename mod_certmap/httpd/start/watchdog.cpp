#include "httpd/start/watchdog.h"

#include <mod_watchdog.h>
#include <openssl/crypto.h>

#include <chrono>
#include <mutex>
#include <shared_mutex>

#include "httpd/base/guarded.h"
#include "httpd/base/pool.h"

namespace certmap {
namespace {

struct StartedTask {
  Task task;
  std::shared_timed_mutex& at_work;
};

/// After three seconds httpd asks again a child that does not end, and notes it in the error log.
constexpr std::chrono::seconds kPatience{2};

/// APR_EOF: not again. What OpenSSL keeps for the thread is given back each time: mod_watchdog does
/// not wait for its threads when a child ends, so one may end while exit() frees the same.
apr_status_t on_watchdog(int state, void* data, apr_pool_t*) {
  if (state != AP_WATCHDOG_STATE_RUNNING) return APR_SUCCESS;
  const auto& [task, at_work] = *static_cast<const StartedTask*>(data);
  const std::shared_lock working(at_work, std::try_to_lock);
  if (!working) return APR_SUCCESS;
  guarded(task.server, task.work);
  OPENSSL_thread_stop();
  return task.once ? APR_EOF : APR_SUCCESS;
}

}  // namespace

bool has_watchdog() { return APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_get_instance) != nullptr; }

/// What every child does is not mod_watchdog's singleton, which would take its time to go on when
/// its child ends.
bool start_task(const Task& task, Configuration& configuration, apr_pool_t* pconf) {
  const auto get_instance = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_get_instance);
  const auto register_callback = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_register_callback);
  ap_watchdog_t* watchdog = nullptr;
  return get_instance && register_callback &&
         get_instance(&watchdog, task.name, 0, task.once, pconf) == APR_SUCCESS &&
         register_callback(watchdog, task.interval,
                           make_in_pool<StartedTask>(pconf, task, configuration.in_force.at_work),
                           on_watchdog) == APR_SUCCESS;
}

void end_tasks_with(apr_pool_t* pchild, Configuration& configuration) {
  apr_pool_pre_cleanup_register(
      pchild, &configuration.in_force.at_work, [](void* at_work) noexcept -> apr_status_t {
        static_cast<void>(static_cast<std::shared_timed_mutex*>(at_work)->try_lock_for(kPatience));
        return APR_SUCCESS;
      });
}

}  // namespace certmap
