// A decision, step by step, and what becomes of it at its place: Require, status, environment,
// audit event.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/rule/mapper.h"
#include "httpd/config/config.h"
#include "httpd/request/request_state.h"
#include "httpd/tree/held_lines.h"

namespace certmap {

/// What httpd would make of one decision.
struct Access {
  enum class Require {
    Open,       ///< lets everyone in, without any account
    Granted,    ///< lets the mapped account in
    NeedsUser,  ///< there is no account, and it wants one
    Forbidden,  ///< lets nobody in, or not this account
    Unknown,    ///< it depends on the client's request
  };
  Require require = Require::Unknown;
  std::vector<const ap_directive_t*> lines;    ///< of Require
  std::vector<const ap_directive_t*> unknown;  ///< on which it depends
  std::vector<std::pair<std::string, std::string>>
      environment;  ///< of an account; empty: none is set
  struct Audit {
    std::string log;
    std::string event;  ///< JSON
  };
  std::optional<Audit> audit;  ///< empty: no event is written
};

/// Asks httpd's own hooks about a request whose `state` has its decision, and makes it that of the
/// account, where there is one. A misconfigured `state` has none, and Require alone answers.
Access ask_access(request_rec* r, RequestState& state, const HeldLines& lines);

/// The blocks of one map file; Reason::NoRuleMatched: none holds.
struct BlockSteps {
  const MapFile* file;
  Resolution found;
};

/// One line of a rule, and what came of it.
struct RuleLine {
  std::string directive;
  const ap_directive_t* written;  ///< null: the tree has it no more
  bool holds;
  std::string note;
  std::optional<std::vector<std::string>> values;  ///< of the attribute of a CertMapMatch
  std::vector<LookupStep> lookup;
  std::string entry;                                  ///< of a directory
  std::optional<std::vector<std::string>> directory;  ///< why it may have found nothing
};

/// One rule, and how far it got.
struct RuleSteps {
  const Rule* rule;
  Place place;
  const ap_directive_t* section;  ///< null: the tree has it no more
  std::string result = "not tried", why = {};
  std::vector<RuleLine> lines;  ///< those that were looked at
};

/// A decision with all that led to it.
struct ExplainedDecision {
  Decision decision;
  std::vector<BlockSteps> blocks;
  std::vector<RuleSteps> rules;  ///< in the order of CertMapUse, those not tried as well
};

/// Decides as the server would for this peer; `s` is the virtual host.
ExplainedDecision explain_rules(const Mapper& mapper, const Peer& peer, const server_rec* s,
                                const server_rec* main_server);

}  // namespace certmap
