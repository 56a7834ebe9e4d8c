// The hooks of a request (docs/architecture.md). Each name is that of httpd's hook.
#pragma once

#include "httpd/request_state.h"

namespace certmap {

/// The one place that turns a decision into a status; OK: go on.
int status_of(Reason reason);
/// Whether the AuthType is asked although the certificate gave no account.
bool falls_back(const RequestState& state);

int check_access(request_rec* r);
int check_access_ex(request_rec* r);
int check_authn(request_rec* r);
int check_authz(request_rec* r);
int fixups(request_rec* r);
int fixups_last(request_rec* r);

}  // namespace certmap
