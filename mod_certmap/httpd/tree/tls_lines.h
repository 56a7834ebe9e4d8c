// mod_ssl's lines in force at one place.
#pragma once

#include <string>

#include "httpd/tree/held_lines.h"

namespace certmap {

/// Null: not set. SSLVerify… may be about the place, everything else is about the server.
const ap_directive_t* ssl_line(const HeldLines& lines, const char* name);
/// Its first word.
std::string ssl_value(const HeldLines& lines, const char* name, const char* otherwise = "");
/// Its first word as a path; null: not set.
const char* ssl_path(const HeldLines& lines, const char* name, apr_pool_t* pool);

}  // namespace certmap
