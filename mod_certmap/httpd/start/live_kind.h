// How map files and CRLs are called where they are told of.
#pragma once

#include "core/live/live_file.h"
#include "httpd/base/messages.h"

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

}  // namespace certmap
