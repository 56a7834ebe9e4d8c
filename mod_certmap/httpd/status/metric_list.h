// Which measurements there are, in the order in which they are told; docs/tools.md has the table.
#pragma once

#include "core/count/metrics.h"

namespace certmap {

struct NamedMetric {
  const char* name;
  const char* help;
  Metric::Type type;
};

inline constexpr NamedMetric kMetrics[] = {
    {"certmap_build_info", "Version of mod_certmap; always 1.", Metric::Type::Gauge},
    {"certmap_start_time_seconds", "When httpd was started, as Unix time.", Metric::Type::Gauge},
    {"certmap_restarts", "Restarts since then that kept the first process.", Metric::Type::Counter},
    {"certmap_processes_started", "Processes that were started to serve requests.",
     Metric::Type::Counter},
    {"certmap_decisions", "Requests by the decision for their certificate.", Metric::Type::Counter},
    {"certmap_rule_decisions", "Requests that a rule decided.", Metric::Type::Counter},
    {"certmap_trials", "Requests on which rules were tried, beside what was in force.",
     Metric::Type::Counter},
    {"certmap_accepted", "Requests that went on with the account of their certificate.",
     Metric::Type::Counter},
    {"certmap_connections", "Connections of mapped users by days left of their certificate.",
     Metric::Type::Counter},
    {"certmap_refused", "Requests that were refused, by reason.", Metric::Type::Counter},
    {"certmap_directory_up", "Whether the directory answers.", Metric::Type::Gauge},
    {"certmap_directory_changed_timestamp_seconds",
     "When it last stopped or began to answer, as Unix time; 0: never.", Metric::Type::Gauge},
    {"certmap_directory_failed_timestamp_seconds",
     "When it last stopped to answer, as Unix time; 0: never.", Metric::Type::Gauge},
    {"certmap_directory_lookups", "Lookups by where their answer was found, and what it was.",
     Metric::Type::Counter},
    {"certmap_directory_search_duration_seconds",
     "Time of a search in the directory, waiting for a connection included.",
     Metric::Type::Histogram},
    {"certmap_map_file_lookups", "Lookups by what they found.", Metric::Type::Counter},
    {"certmap_map_file_generation", "Rises by one each time the file was read.",
     Metric::Type::Gauge},
    {"certmap_map_file_entries", "Entries in force.", Metric::Type::Gauge},
    {"certmap_map_file_read_timestamp_seconds",
     "When what is in force was read, as Unix time; 0: never.", Metric::Type::Gauge},
    {"certmap_map_file_good", "Whether the file was without errors when it was last looked at.",
     Metric::Type::Gauge},
    {"certmap_map_file_live", "Whether changes are noticed while httpd runs.", Metric::Type::Gauge},
    {"certmap_map_file_reload_failures", "Times that the file could not be read again.",
     Metric::Type::Counter},
    {"certmap_map_file_failed_timestamp_seconds", "When that last was, as Unix time; 0: never.",
     Metric::Type::Gauge},
    {"certmap_crl_info", "Which revocation list is in force.", Metric::Type::Gauge},
    {"certmap_crl_entries", "Entries of a revocation list in force.", Metric::Type::Gauge},
    {"certmap_crl_this_update_timestamp_seconds", "Its thisUpdate, as Unix time.",
     Metric::Type::Gauge},
    {"certmap_crl_next_update_timestamp_seconds", "Its nextUpdate, as Unix time.",
     Metric::Type::Gauge},
    {"certmap_crl_path_good",
     "Whether all of its files were without errors when they were last read.", Metric::Type::Gauge},
    {"certmap_crl_path_live", "Whether changes are noticed while httpd runs.", Metric::Type::Gauge},
    {"certmap_crl_path_reload_failures", "Times that a file could not be read again.",
     Metric::Type::Counter},
    {"certmap_crl_path_failed_timestamp_seconds", "When that last was, as Unix time; 0: never.",
     Metric::Type::Gauge},
    {"certmap_audit_events", "Events that got a number in the audit log.", Metric::Type::Counter},
    {"certmap_audit_failures", "Those of them that could not be written.", Metric::Type::Counter},
};

}  // namespace certmap
