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

/// Says that all certificates of a CA get the one account, and what to write: neither the template
/// nor one of the rule's CertMapMatch lines, given by their arguments, says who somebody is; empty
/// where one does.
std::optional<std::string> doubt_about_user(std::string_view rule, std::string_view user,
                                            const std::vector<Words>& matches);

}  // namespace certmap
