// Addresses that a mail may go to.
#pragma once

#include <string_view>

namespace certmap {

/// True for one plain mailbox: a local part of letters, digits and `._+='-` that begins with a
/// letter or digit, one `@`, and a host name (RFC 1123). No other form of RFC 5321 is taken:
/// quotes, comments, routes and options have steered mail programs.
bool is_plain_mailbox(std::string_view text);

}  // namespace certmap
