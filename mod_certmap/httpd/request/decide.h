// The decision about a request.
#pragma once

#include "httpd/request/request_state.h"

namespace certmap {

Answer answer(request_rec* r, const RequestState& state);
/// Never null: a request that another module brings here past the access hooks ends with an error.
const Decision& decision_of(const RequestState& state);
bool is_mapped(const RequestState& state);
bool is_undecided(const RequestState& state);
/// Decides, and gives the request its account, or takes away what another module gave it.
void decide(request_rec* r, RequestState& state);

}  // namespace certmap
