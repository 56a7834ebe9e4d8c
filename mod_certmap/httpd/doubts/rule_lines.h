// Lines of a <CertMapRule> that are right, and hardly meant. These functions look at nothing but
// their text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace certmap {

using Words = std::vector<std::string>;

/// Says what is doubtful in a CertMapMatch with these arguments, and what to write; empty where
/// nothing is.
std::optional<std::string> doubt_about_match(const Words& words);

/// Says where httpd's syntax for variables stands and {attribute} is meant; empty where it does
/// not.
std::optional<std::string> doubt_about_expression(std::string_view text);

/// True where all certificates of a CA get the account: neither the template nor one of the
/// CertMapMatch lines, given by their arguments, says who somebody is.
bool is_one_for_all(std::string_view user, const std::vector<Words>& matches);

}  // namespace certmap
