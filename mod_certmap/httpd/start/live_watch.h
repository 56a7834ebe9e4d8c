// Live reload of map files and CRLs: every child looks, one reads.
#pragma once

#include "httpd/base/messages.h"
#include "httpd/config/config.h"

namespace certmap {

/// How files of one kind are called in the error log and in events.
struct LiveKind {
  const char* noun;
  Message error_at_start, warning_at_start, has_errors;
  Message error, warning, read, not_read;
  const char* reload;
  const char* reload_failed;
  const char* backend;
  const char* when_unread;  ///< what requests come to while nothing is in force
  bool has_generation;      ///< in its events
};
const LiveKind& kind_of(const LiveFile& file);

/// Starts watching, in post_config(); reports at start-up for which files, and why, it cannot.
void watch_live_files(Configuration& configuration, apr_pool_t* pconf, server_rec* s);

/// For `httpd -t`: reports the same and what has run out, and starts nothing.
void check_watch(const Configuration& configuration, const server_rec* s);

/// Tells of what was read anew over a restart and, once for all processes, of what has run out.
void report_since_last_start(const Configuration& configuration, server_rec* s);

}  // namespace certmap
