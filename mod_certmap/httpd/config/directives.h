// The directive table, and the handlers of <CertMapRule>. Those of the other directives stand
// beside what they leave behind; all of them run in the process that reads the configuration, and
// those that .htaccess files may have also on the thread of a request.
#pragma once

#include "httpd/base/apache.h"

namespace certmap {

extern const command_rec kDirectives[];

/// Reads <CertMapRule NAME> … </CertMapRule>.
const char* read_rule_section(cmd_parms* cmd, void*, const char* args);
/// Answers for a rule's directives where they stand outside of one.
const char* refuse_outside_rule(cmd_parms* cmd, void*, const char* args);

}  // namespace certmap
