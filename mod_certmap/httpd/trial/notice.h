// What a trial has to know of a request, noticed while httpd serves it: when it is logged, its TLS
// connection may be gone, and who it says it is may never have been checked.
#pragma once

#include <optional>

#include "core/rule/decision.h"
#include "httpd/request/request_state.h"

namespace certmap {

/// The CertMapTrial that holds there; null: none, or `none`.
inline const Use* trial_of(const request_rec* r) {
  const auto* trial = dir_config(r).trial;
  return trial && !trial->names.empty() ? trial : nullptr;
}

/// Whose certificate it is; empty where the request ended before that could be asked.
std::optional<Client> client_of(const request_rec* r);
/// What the request came to.
RequestOutcome outcome_of(const request_rec* r);

/// Hooks, which always decline: behind check_access; before all others of check_authz; first and
/// last of fixups.
int notice_client(request_rec* r);
int notice_authenticated(request_rec* r);
int notice_let_in(request_rec* r);

}  // namespace certmap
