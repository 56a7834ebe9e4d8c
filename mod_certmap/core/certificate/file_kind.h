// What a file is by its content: somebody may have named it by mistake. Nothing is left in
// OpenSSL's queue of errors.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace certmap {

enum class FileKind {
  Certificate,
  Request,
  Bundle,  ///< PKCS#7
  RevocationList,
  PrivateKey,
  PublicKey,
  Pkcs12,
  Pem,  ///< of another label
};

/// The kind, by the labels of PEM blocks, else by what DER decodes as. Empty: neither PEM nor known
/// DER.
std::optional<FileKind> file_kind(std::string_view content);

/// The kind with its article: "a private key".
std::string noun_of(FileKind kind);

/// The rest of a sentence about a file in which no PEM certificate stands, such as "is a private
/// key and holds no certificate that can be read here".
std::string what_it_is_instead(std::string_view content);

/// True where the DER of a certificate stands at the start.
bool starts_with_certificate(std::string_view content);

}  // namespace certmap
