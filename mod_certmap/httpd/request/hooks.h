// The hooks of a request (docs/architecture.md), which run on the thread that serves it. Each name
// is that of httpd's hook. Those of succession.cpp are for requests that come of another one:
// internal redirects, among them ErrorDocuments, and what mod_dir and mod_negotiation put in the
// place of a request.
#pragma once

#include "httpd/base/apache.h"

namespace certmap {

/// It runs before authentication, where the configuration of directories is known.
int separate_from_refused(request_rec* r);
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
int fixups(request_rec* r);
int fixups_last(request_rec* r);
/// It runs before an answer of httpd's own to what failed.
void insert_error_filter(request_rec* r);

/// Remembers, for fixups_last(), that certificate and password are for one account here.
void note_comparison(request_rec* r);

/// Hands Require certmap-rule, certmap-group and certmap-strength over to mod_authz_core, when the
/// module registers its hooks.
void register_require_providers(apr_pool_t* pool);

}  // namespace certmap
