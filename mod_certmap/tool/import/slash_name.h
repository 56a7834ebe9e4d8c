// Names in OpenSSL's one-line form, "/C=DE/O=Example/CN=alice": grid-mapfile, FakeBasicAuth,
// pam_pkcs11.
#pragma once

#include <string_view>

#include "core/certificate/name.h"

namespace certmap {

/// Reads what X509_NAME_oneline() of any OpenSSL wrote: the most general part first; since 3.0 "\/"
/// and "\+" inside values and "+" between the values of one RDN; octets beyond ASCII as they are or
/// as \xHH. A slash begins a new part where the name of a type and "=" follow it, else it belongs
/// to the value ("/CN=host/www.example.org"). Throws ConfigError.
Name parse_slash_name(std::string_view text);

}  // namespace certmap
