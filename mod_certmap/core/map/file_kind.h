// What a file is by its content: somebody may have named it by mistake.
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

/// By the labels of PEM blocks, else by what DER decodes as. Empty: neither PEM nor known DER.
std::optional<FileKind> file_kind(std::string_view content);

/// With its article: "a private key".
std::string noun_of(FileKind kind);

/// Of a file in which no PEM certificate stands: "is a private key and holds no certificate", and
/// the like.
std::string what_it_is_instead(std::string_view content);

/// The DER of a certificate stands at the start.
bool starts_with_certificate(std::string_view content);

}  // namespace certmap
