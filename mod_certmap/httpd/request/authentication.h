// The hooks of a request (docs/architecture.md). Each name is that of httpd's hook.
// They run on the thread that serves the request.
#pragma once

#include "httpd/request/request_state.h"

namespace certmap {

int check_access(request_rec* r);
int check_access_ex(request_rec* r);
/// It runs before the hooks of any other module.
int check_authn(request_rec* r);
/// It runs after mod_ssl's.
int check_second_factor(request_rec* r);
/// It runs before those that ask for something, and after the others.
int end_authn_sufficient(request_rec* r);
/// It runs after all but mod_authn_core's.
int end_authn_alone(request_rec* r);
/// Where other modules have their say (others.h).
int force_authn(request_rec* r);
/// It runs before the hooks of any other module.
int check_authz(request_rec* r);

}  // namespace certmap
