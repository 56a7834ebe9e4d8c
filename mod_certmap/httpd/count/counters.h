// Counting requests, lookups, and what happens to directories and map files (docs/tools.md).
#pragma once

#include <cstdint>
#include <string>

#include "core/live/live_file.h"
#include "httpd/config/config.h"

namespace certmap {

/// Gives rules, directories and map files of a configuration that was read their slots, and begins
/// to count for them. Before Mappers are made of the rules, which change no more from then on.
void start_counters(Configuration& configuration, server_rec* main_server);

/// Begins to count in a new child.
void join_counters(Configuration& configuration);

/// The number of a map file, or of a path of CertMapCRL, among the counters.
std::uint32_t slot_of(const LiveFile& file);

/// Counts a look at a file that is read live. `live` is true while the server runs, and false when
/// it starts or restarts.
void count_load(const LiveFile& file, const FileLoad& load, bool live);

/// Counts that a directory stops or begins to answer.
void count_change(const Configuration& configuration, const Directory& directory, bool up,
                  const std::string& why);

/// Hook (log_transaction): counts one request of a client, when it is over.
int count_request(request_rec* r);

}  // namespace certmap
