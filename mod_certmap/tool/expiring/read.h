// Reading audit logs that are named on the command line, and may be compressed by gzip.
#pragma once

#include <string>
#include <vector>

#include "tool/expiring/log.h"

namespace certmap {

/// Hands the lines of all files to `events`. Says on standard error how many lines of each are
/// no audit events. Throws ToolError where a file cannot be read, or there are lines but not one
/// event.
void read_logs(const std::vector<std::string>& paths, EventLines& events);

}  // namespace certmap
