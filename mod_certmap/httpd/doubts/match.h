// A CertMapMatch line that is right, and hardly meant.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace certmap {

/// `words` are the directive's arguments. What is doubtful, and what to write; empty: nothing is.
std::optional<std::string> doubt_about_match(const std::vector<std::string>& words);

}  // namespace certmap
