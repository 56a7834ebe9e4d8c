// PKCS#12 files (RFC 7292): .p12, .pfx.
#pragma once

#include <openssl/x509.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace certmap {

/// First the certificate that belongs to the file's key, or where it has no key its first; then the
/// others. Empty where `content` is no PKCS#12 file. `name` is what messages call it. The empty
/// password is tried before one is asked for. Throws ToolError.
std::vector<std::shared_ptr<X509>> certificates_of_pkcs12(
    std::string_view content, const std::string& name,
    const std::optional<std::string>& password_file);

}  // namespace certmap
