#include "httpd/config/secret_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>

#include "core/text/error.h"
#include "ldap/config/config_file.h"

namespace certmap {
namespace {

constexpr std::size_t kLargest = 65536;

void check_owner_and_mode(const ConfigFile& file) {
  if (file.owner != 0 && file.owner != geteuid())
    throw ConfigError(file.path + " belongs to uid " + std::to_string(file.owner) +
                      "; it must belong to root or to the user who starts httpd: chown root " +
                      file.path);
  if ((file.mode & (S_IWGRP | S_IRWXO)) != 0)
    throw ConfigError(file.path +
                      " can be read by all, or written by others than its owner: chmod 600 " +
                      file.path);
}

}  // namespace

std::string read_secret_file(const std::string& path) {
  auto file = read_config_file(path);
  check_owner_and_mode(file);
  auto& text = file.content;
  if (text.size() > kLargest)
    throw ConfigError(path + " is too large for a secret; 32 random bytes are enough");
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

}  // namespace certmap
