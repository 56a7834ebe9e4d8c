// A decision, step by step, as JSON.
#pragma once

#include <nlohmann/json.hpp>

#include "core/rule/mapper.h"
#include "httpd/config/config.h"

namespace certmap {

struct ExplainedDecision {
  Decision decision;
  nlohmann::ordered_json blocks;  ///< one object for each map file that was looked at
  nlohmann::ordered_json rules;   ///< one for each rule in use, those not tried as well
};

/// Decides as the server would for this peer; `s` is the virtual host.
ExplainedDecision explain_rules(const Mapper& mapper, const Peer& peer, const server_rec* s,
                                const server_rec* main_server);

/// Reason, account, rule, … of a decision.
nlohmann::ordered_json decision_as_json(const Decision& decision);

}  // namespace certmap
