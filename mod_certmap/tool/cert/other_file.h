// What a file is that holds no certificate.
#pragma once

#include <string>
#include <string_view>

namespace certmap {

/// The end of a sentence that begins with the file's name: what it is, and what to do.
std::string what_it_is(std::string_view content);

}  // namespace certmap
