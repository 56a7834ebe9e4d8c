// PEM files that libldap will be given: what is wrong with them is said when the configuration is
// read, not at the first lookup.
#pragma once

#include <string>

namespace certmap {

/// Throws ConfigError where the text holds no certificate, or one that cannot be read. `name` is
/// the file's, for the message.
void check_certificates(const std::string& name, const std::string& pem);
/// Throws ConfigError where the key cannot be read without a passphrase, or is not the
/// certificate's.
void check_key(const std::string& certificate_pem, const std::string& key_pem);

}  // namespace certmap
