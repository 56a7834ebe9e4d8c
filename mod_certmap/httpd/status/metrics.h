// The operator's page for programs.
#pragma once

#include <string>
#include <vector>

#include "core/count/metrics.h"
#include "httpd/status/facts.h"

namespace certmap {

std::vector<Metric> status_metrics(const StatusFacts& facts);

/// For ?auto: the same, and what is text.
std::string status_lines(const StatusFacts& facts);

}  // namespace certmap
