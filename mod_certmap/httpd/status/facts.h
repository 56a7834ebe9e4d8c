// What the operator's page shows, as plain values.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "httpd/config/config.h"

namespace certmap {

struct Decided {
  std::uint64_t made = 0, remembered = 0;
};

/// Times are seconds since 1970; 0: never. Ages and times are those of one moment, `now`.
struct StatusFacts {
  struct ByReason {
    Reason reason;
    Decided decided;
    std::uint64_t refused = 0;
  };
  struct ByRule {
    std::string server, name;
    Decided decided;
  };
  struct Lookups {
    std::array<std::uint64_t, kOutcomes> counts{};
  };
  struct OfDirectory {
    std::string name;
    bool up = true;
    double changed = 0, failed = 0;
    std::string error;
    std::array<Lookups, kAnswersFrom> lookups{};
    std::array<std::uint64_t, kSearchSeconds.size() + 1> searches{};
    double search_seconds = 0;
  };
  struct OfMap {
    std::string path;
    std::uint64_t generation = 0, entries = 0, failures = 0;
    double read = 0, failed = 0;
    bool failing = false, live = false;
    std::string error;
    Lookups lookups;
  };
  struct OfAudit {
    std::string target;
    std::uint64_t written = 0, failures = 0;
  };

  std::string version;
  double now = 0, started = 0;
  std::uint64_t restarts = 0, processes = 0, accepted = 0;
  std::vector<ByReason> reasons;  ///< all of them
  std::vector<ByRule> rules;
  std::vector<OfDirectory> directories;
  std::vector<OfMap> maps;
  std::vector<OfAudit> audits;
};

/// Of all processes of this server, now.
StatusFacts status_facts(const Configuration& configuration);

}  // namespace certmap
