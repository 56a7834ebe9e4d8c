// RE2 as it is used everywhere here. Only what compiles or matches includes this header.
#pragma once

#include <re2/re2.h>

#include <string>
#include <string_view>

namespace certmap {

/// Options that keep a regular expression linear in its text, bounded in memory, and silent.
RE2::Options regex_options();

/// What a text ends with that `pattern` matches whole, as far as that is plain to see; "" goes for
/// all. Texts that end otherwise need not be given to RE2, which takes long to say no
/// (docs/performance.md).
std::string literal_end(std::string_view pattern);

}  // namespace certmap
