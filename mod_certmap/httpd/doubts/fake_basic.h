// FakeBasicAuth where two factors are asked for. Called when the configuration was read, by
// `httpd -t` as well.
#pragma once

#include "httpd/config/config.h"

namespace certmap {

/// Reports each CertMapControl required under an SSLOptions that answers the password with the
/// certificate, and returns false then. Sees SSLOptions in the same section and in those around it,
/// the innermost of which holds; check_second_factor() sees the rest.
bool check_fake_basic(const Configuration& configuration, server_rec* main_server);

}  // namespace certmap
