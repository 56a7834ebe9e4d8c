// Texts of certificates, requests and logs for logs, terminals and pages: whoever made them must
// not steer those.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace certmap {

/// True for a control or format character (bidi among them), a line or paragraph separator.
bool is_invisible(std::uint32_t character);

/// `text`, which is UTF-8, with its invisible characters as \uXXXX.
std::string escape_invisible(std::string text);
/// The same of any octets, of which what is not UTF-8 becomes U+FFFD.
std::string visible(std::string_view text);

}  // namespace certmap
