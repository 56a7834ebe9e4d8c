// The directive table.
#pragma once

#include <string>
#include <vector>

#include "httpd/base/apache.h"

namespace certmap {

extern const command_rec kDirectives[];

/// A directive's arguments, split at blanks and unquoted as httpd does it.
std::vector<std::string> words_of(apr_pool_t* pool, const char* args);

/// <CertMapRule NAME> … </CertMapRule>
const char* read_rule_section(cmd_parms* cmd, void*, const char* args);
/// Answers for a rule's directives where they stand outside of one.
const char* refuse_outside_rule(cmd_parms* cmd, void*, const char* args);

}  // namespace certmap
