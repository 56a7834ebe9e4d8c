// What a decision comes to, and what other modules make of it: statuses and events. Each answer of
// these functions is that of a hook.
#pragma once

#include "httpd/request/request_state.h"

namespace certmap {

/// The one place that turns a decision into a status; OK: go on.
int status_of(Reason reason);
/// Whether the AuthType is asked although the certificate gave no account.
bool falls_back(const RequestState& state);

/// Refuses the request, and reports that.
int refuse(request_rec* r, RequestState& state);
/// Does what is left of refusing a client's request where the index that was refused is its answer.
void end_refused_index(request_rec* r);
/// Answers 500; `why` is for the error log.
int misconfigured(request_rec* r, RequestState& state, const char* why);

/// The request is now that of the account, whatever other modules say to it.
void accept(request_rec* r, RequestState& state);
/// Every hook has agreed: the event is written.
int let_in(request_rec* r, RequestState& state);
/// `refuser` has answered `status` for a mapped account. Asking that one for other credentials
/// makes no sense, so 401, which mod_authz_core answers after authentication, is 403.
int forbid(request_rec* r, RequestState& state, int status, const char* refuser);
/// Takes the headers of a 401 or 407 back.
void take_back_challenge(request_rec* r);

}  // namespace certmap
