// Work that mod_watchdog's threads do in children, outside of requests.
#pragma once

#include <functional>

#include "httpd/base/apache.h"
#include "httpd/config/config.h"

namespace certmap {

struct Task {
  const char* name;              ///< of the watchdog, with underscores around it; a literal
  apr_interval_time_t interval;  ///< microseconds
  bool once;  ///< by one child, and not again; else every child goes on with it until it ends
  server_rec* server;  ///< in whose error log an exception of `work` is reported
  std::function<void()> work;
};

/// True where mod_watchdog is loaded.
bool has_watchdog();

/// In post_config. False where mod_watchdog is not loaded or takes no more.
bool start_task(const Task& task, Configuration& configuration, apr_pool_t* pconf);

/// In child_init: where the pool ends, tasks at work get two seconds, and none begins after them.
void end_tasks_with(apr_pool_t* pchild, Configuration& configuration);

}  // namespace certmap
