// What other modules have to say of users and requests, and whether a password is the client's own:
// mod_ssl's FakeBasicAuth, AuthBasicFake and RequestHeader write one into headers that all
// redirects and subrequests of a client's request share.
#pragma once

#include "httpd/request/request_state.h"

namespace certmap {

/// Hook, where there is a CertMapControl required: remembers Authorization and Proxy-Authorization
/// before anything can change them.
int note_authorization(request_rec* r);

/// Whether what the AuthType will read is what the client sent.
bool is_password_the_clients_own(request_rec* r);

/// Whether any module but those of httpd that ask for passwords, and for Require, has a hook in
/// check_authn or check_authz. To be called when every module has registered its hooks.
bool do_others_ask();

/// Whether one of those of httpd may refuse an account for which Require is content: mod_ssl does
/// where the password is one of FakeBasicAuth, or "Satisfy Any" let in past SSLRequire.
bool may_httpd_refuse(request_rec* r);

/// Asks without a user whatever else protects the place of an exempt request. Returns OK where only
/// a user is missing.
int ask_everyone_else(request_rec* r, RequestState& state);

}  // namespace certmap
