// An explanation, and its JSON (docs/tools.md, `certmapctl explain --json`).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/explain/protocol.h"
#include "httpd/explain/rules.h"
#include "httpd/explain/tls.h"

namespace certmap {

/// What is found out about one question. What a question does not come to stays empty.
struct Explanation {
  std::string error;  ///< the question is none; empty: it was looked into
  int exit = explain_exit::kCannotTell;
  std::string answer;
  request_rec* r = nullptr;
  const Certificate* certificate = nullptr;
  std::vector<const ap_directive_t*> conditions;  ///< which may hold and matter
  std::optional<Mode> control;
  std::optional<TlsVerdict> tls;
  std::optional<ExplainedDecision> rules;  ///< of the certificate, as if mod_ssl accepted it
  bool rules_alone = false;                ///< that is not the decision
  std::optional<Decision> decision;
  const char* misconfigured = nullptr;
  int status = OK;
  std::optional<Access> access;
  std::optional<Decision> trial;  ///< of the rules of CertMapTrial, as if mod_ssl accepted it
};

/// What httpd prints, one line.
std::string answer_line(const Explanation& explanation);

}  // namespace certmap
