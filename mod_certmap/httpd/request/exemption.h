// The ErrorDocument of a refusal, which is served even where CertMap itself protects it.
#pragma once

#include "httpd/request/request_state.h"

namespace certmap {

/// Whether CertMap has nothing against this request, which httpd made of a refused one.
bool is_exempt(const request_rec* r, const RequestState& state);

/// Asks without a user whatever else protects the place of an exempt request. Returns OK where only
/// a user is missing.
int ask_everyone_else(request_rec* r, RequestState& state);

}  // namespace certmap
