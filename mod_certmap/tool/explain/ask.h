// Asks httpd, which reads its configuration and answers (httpd/explain/explain.h).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/explain/protocol.h"
#include "core/explain/replay.h"

namespace certmap {

/// Splits a command line at blanks; '…', "…" and \ keep them, as in a shell. Nothing is expanded.
/// Throws ToolError.
std::vector<std::string> split_command(std::string_view line);

/// One of apache2ctl, apachectl, httpd and apache2: the first that is there. Throws ToolError.
std::string default_httpd();

/// Runs `command` with -t and the query, and gives its answer, an object of JSON. What httpd says
/// of a configuration that it cannot read goes to standard error. Throws ToolError.
std::string ask_httpd(const std::string& command, const ExplainQuery& query);

/// The same for the lines of replay_line() in a file, which is open at `questions`.
std::vector<ReplayAnswer> ask_httpd(const std::string& command, int questions);

}  // namespace certmap
