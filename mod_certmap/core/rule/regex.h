// RE2 as it is used everywhere here. Only what compiles or matches includes this header.
#pragma once

#include <re2/re2.h>

namespace certmap {

/// Options that keep a regular expression linear in its text, bounded in memory, and silent.
RE2::Options regex_options();

}  // namespace certmap
