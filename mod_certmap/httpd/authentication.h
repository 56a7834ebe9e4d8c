// The hooks of a request (docs/architecture.md). Each name is that of httpd's hook.
#pragma once

#include "httpd/apache.h"

namespace certmap {

int check_access(request_rec* r);
int check_access_ex(request_rec* r);
int check_authn(request_rec* r);
int check_authz(request_rec* r);
int fixups(request_rec* r);
int fixups_last(request_rec* r);

}  // namespace certmap
