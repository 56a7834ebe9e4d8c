// What directives do with their arguments; for the process that reads the configuration, and for
// the one that reads a .htaccess file. What is thrown is ConfigError.
#pragma once

#include <string>
#include <vector>

#include "core/text/error.h"
#include "httpd/base/apache.h"

namespace certmap {

/// A directive's arguments, split at blanks and unquoted as httpd does it.
std::vector<std::string> words_of(apr_pool_t* pool, const char* args);

/// Whether the line stands in a .htaccess file, whose author need not be the administrator.
inline bool is_htaccess(const cmd_parms* cmd) {
  return !(cmd->override & (RSRC_CONF | ACCESS_CONF));
}

/// A path as ServerRoot makes it.
std::string absolute(cmd_parms* cmd, const std::string& path);

/// True where `word` is `first`, false where it is `second`, whatever the case of their letters.
bool is_first(const std::string& word, const std::string& first, const std::string& second);

/// Throws what is wrong with a directive, after its name.
[[noreturn]] void fail(const cmd_parms* cmd, const std::string& what);

/// Throws where the line does not stand in the main server, or where one stands at `first_place`
/// already: there is one `thing` for the whole server.
void check_only_line(cmd_parms* cmd, const std::string& thing, const std::string& first_place);

/// Puts a directive's name before what `read` throws.
template <typename Read>
auto read_as(const char* directive, Read read) {
  try {
    return read();
  } catch (const ConfigError& error) {
    throw ConfigError(std::string(directive) + ": " + error.what());
  }
}

}  // namespace certmap
