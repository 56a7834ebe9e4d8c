// What a mapped request carries: user, AUTH_TYPE, CERTMAP_… and the ban on shared caches.
#pragma once

#include "httpd/request/request_state.h"

namespace certmap {

/// Makes the request that of the mapped account.
void set_identity(request_rec* r, const RequestState& state);
/// Sets user and AUTH_TYPE of that alone: other modules' hooks may have set their own meanwhile.
void set_user(request_rec* r, const RequestState& state);
/// Takes away user, AUTH_TYPE and every CERTMAP_… variable, whoever set them.
void clear_identity(request_rec* r);
/// Keeps the response out of shared caches. mod_cache looks at both variable and header;
/// err_headers_out also survives a handler that replaces headers_out. The page that a subrequest is
/// a part of is kept out with it: mod_include has sent the page's headers by then, but mod_cache
/// looks at no_cache once more at the end.
void keep_out_of_caches(request_rec* r);
/// Sets r->notes "certmap-reason", for the logs.
void note_reason(request_rec* r, Reason reason);

}  // namespace certmap
