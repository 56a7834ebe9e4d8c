// Lines of a <CertMapRule> that are right, and hardly meant.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace certmap {

using Words = std::vector<std::string>;

/// `words` are the arguments of a CertMapMatch. What is doubtful, and what to write; empty: nothing
/// is.
std::optional<std::string> doubt_about_match(const Words& words);

/// That httpd's syntax for variables stands where {attribute} is meant; empty: it does not.
std::optional<std::string> doubt_about_expression(std::string_view text);

/// True where all certificates of a CA get the account: neither the template nor one of the
/// CertMapMatch lines, given by their arguments, says who somebody is.
bool is_one_for_all(std::string_view user, const std::vector<Words>& matches);

}  // namespace certmap
