// A decision, step by step.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/rule/mapper.h"
#include "httpd/config/config.h"

namespace certmap {

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
  const NamedRule* named;
  const ap_directive_t* section;
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
