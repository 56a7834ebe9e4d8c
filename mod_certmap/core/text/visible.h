// Texts that are cut; those of certificates, requests and logs for logs, terminals and pages, which
// whoever made them must not steer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace certmap {

/// True for a control or format character (bidi among them), a line or paragraph separator.
bool is_invisible(std::uint32_t character);

/// `text`, which is UTF-8, with its invisible characters as \uXXXX.
std::string escape_invisible(std::string text);
/// The same of any octets, of which what is not UTF-8 becomes U+FFFD.
std::string visible(std::string_view text);

/// The first `length` bytes of `text` at most; a UTF-8 character is kept or left out whole.
std::string_view cut_text(std::string_view text, std::size_t length);

/// What stands before, between and behind the separators, be it empty.
std::vector<std::string_view> split(std::string_view text, char separator);

}  // namespace certmap
