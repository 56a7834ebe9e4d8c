// What `certmapctl show` says of CRLs.
#pragma once

#include <string>

#include "tool/command.h"

namespace certmap {

/// Prints what each CRL says of itself, or with --has whether that is on one. Answers the exit
/// status. Throws ToolError and ConfigError.
int show_crls(const std::string& content, const std::string& name, const Arguments& arguments);

Option has_option();

}  // namespace certmap
