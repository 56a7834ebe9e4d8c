// The decision about a request, on the thread that serves it.
#pragma once

#include "httpd/request/request_state.h"

namespace certmap {

/// The decision about the question of `state`, made now or remembered by the connection.
Answer answer(request_rec* r, const RequestState& state);
/// The decision that was made. Throws std::logic_error for a request that another module brought
/// here past the access hooks.
const Decision& decision_of(const RequestState& state);
/// True where the decision gave an account.
bool is_mapped(const RequestState& state);
/// True where a decision has to be made, and was not yet.
bool is_undecided(const RequestState& state);
/// Decides, and gives the request its account, or takes away what another module gave it.
void decide(request_rec* r, RequestState& state);

}  // namespace certmap
