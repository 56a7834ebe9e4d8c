// Files that lines name, as they were when the configuration was read: later changes of them, and
// of who may read them, do not matter. What is wrong with PEM files that libldap will be given is
// said then, not at the first lookup.
#pragma once

#include <sys/types.h>

#include <string>

namespace certmap {

/// Throws ConfigError where the text holds no certificate, or one that cannot be read. `name` is
/// the file's, for the message.
void check_certificates(const std::string& name, const std::string& pem);
/// Throws ConfigError where the key cannot be read without a passphrase, or is not the
/// certificate's.
void check_key(const std::string& certificate_pem, const std::string& key_pem);

struct ConfigFile {
  std::string path;
  std::string content;
  uid_t owner = 0;
  mode_t mode = 0;
};

/// Reads a regular file of at most 16 MiB. Throws ConfigError.
ConfigFile read_config_file(const std::string& path);

}  // namespace certmap
