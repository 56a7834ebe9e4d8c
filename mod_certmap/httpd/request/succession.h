// Requests that come of another one: internal redirects, among them ErrorDocuments, and what
// mod_dir and mod_negotiation put in the place of a request. Hooks, each with the name of httpd's.
#pragma once

#include "httpd/request/request_state.h"

namespace certmap {

/// Remembers that certificate and password are for one account here.
void note_comparison(request_rec* r);
/// It runs before authentication, where the configuration of directories is known.
int separate_from_refused(request_rec* r);
/// It runs before an answer of httpd's own to what failed.
void insert_error_filter(request_rec* r);
int fixups(request_rec* r);
int fixups_last(request_rec* r);

}  // namespace certmap
