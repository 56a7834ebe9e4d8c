// Other modules' say about users, in check_authn and check_authz.
#pragma once

#include "httpd/base/apache.h"

namespace certmap {

/// Whether any module but those of httpd that ask for passwords, and for Require, has a hook there.
/// To be called when every module has registered its hooks.
bool do_others_ask();

/// Whether one of those of httpd may refuse an account for which Require is content: mod_ssl does
/// where the password is one of FakeBasicAuth, or "Satisfy Any" let in past SSLRequire.
bool may_httpd_refuse(request_rec* r);

}  // namespace certmap
