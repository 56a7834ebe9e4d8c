// PEM files of certificates (RFC 7468), of which none may be passed over: a CA that is not read may
// be one that a rule is to keep out.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace certmap {

/// The content of the CERTIFICATE blocks, which is DER in whatever is no mistake, in their order;
/// `name` is what messages call the file. Blocks that hold no certificate, such as keys, are left
/// out. Throws ConfigError where a block is damaged, or a certificate stands in another form.
std::vector<std::string> read_pem_certificates(std::string_view content, const std::string& name);

}  // namespace certmap
