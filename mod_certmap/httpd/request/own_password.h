// Whether a password is the client's own: mod_ssl's FakeBasicAuth, AuthBasicFake and RequestHeader
// write one into headers that all redirects and subrequests of a client's request share.
#pragma once

#include "httpd/base/apache.h"

namespace certmap {

/// Hook, where there is a CertMapControl required: remembers the Authorization header before
/// anything can change it.
int note_authorization(request_rec* r);

/// Whether what the AuthType will read is what the client sent.
bool is_password_the_clients_own(request_rec* r);

}  // namespace certmap
