#include "tool/import/slash_name.h"

#include <openssl/asn1.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>

#include "core/certificate/character_string.h"
#include "core/text/encodings.h"
#include "core/text/error.h"
#include "tool/import/formats.h"

namespace certmap {
namespace {

// Before 0.9.7 OpenSSL wrote "Email", Globus and browsers "E".
std::string type_oid(std::string_view name) {
  const auto lower = to_lower(name);
  return oid_from_text(lower == "e" || lower == "email" ? "emailAddress" : name);
}

constexpr bool is_type_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-';
}

constexpr bool may_end_or_escape(char c) { return c == '/' || c == '+' || c == '\\'; }

/// What stands before "=" and looks like the name of a type; empty: nothing does.
std::string_view type_before_equals(std::string_view text) {
  const auto end = std::ranges::find_if_not(text, [](char c) { return is_type_character(c); });
  if (end == text.end() || *end != '=') return {};
  return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

class SlashNameReader {
 public:
  explicit SlashNameReader(std::string_view text) : rest_(text) {}

  Name read() {
    // Anything may stand where no name does, a password among it: it is not quoted.
    if (rest_.empty() || rest_[0] != '/' || type_before_equals(rest_.substr(1)).empty() ||
        rest_.find_last_not_of('=') < rest_.find('='))
      throw ConfigError(
          "the name does not begin with a type like /C= or /DC=; write it as openssl x509 -nameopt "
          "compat does");
    Name name;
    name.reserve(static_cast<std::size_t>(std::ranges::count(rest_, '/')));
    while (!rest_.empty()) {
      const bool same_rdn = rest_[0] == '+';
      rest_.remove_prefix(1);
      if (!same_rdn) name.emplace_back();
      ++part_;
      name.back().push_back(read_part());
    }
    return name;
  }

 private:
  /// Nothing of the name is quoted: the file may be another than it was taken for.
  [[noreturn]] static void refuse(const std::string& why) { throw ConfigError("the name " + why); }

  NameValue read_part() {
    const auto type = type_before_equals(rest_);
    NameValue part;
    part.oid = type_oid(type);
    if (part.oid.empty())
      refuse("has an unknown type in its part " + std::to_string(part_) +
             "; write OpenSSL's name of it (CN, ST, SN, emailAddress, ...) or its dotted OID, and "
             "\\/ where it is a piece of the value before it");
    rest_.remove_prefix(type.size() + 1);
    part.text = decoded(read_octets());
    return part;
  }

  std::string read_octets() {
    std::string octets;
    while (!rest_.empty() && !at_next_part()) {
      if (const auto escaped = escaped_octet()) {
        octets += *escaped;
        continue;
      }
      const auto next = std::find_if(rest_.begin() + 1, rest_.end(), may_end_or_escape);
      octets.append(rest_.begin(), next);
      rest_.remove_prefix(static_cast<std::size_t>(next - rest_.begin()));
    }
    return octets;
  }

  /// A "+" that nobody escaped is a part of the value, unless a type follows: OpenSSL 1.1 escaped
  /// none.
  bool at_next_part() const {
    if (rest_[0] != '/' && rest_[0] != '+') return false;
    const auto type = type_before_equals(rest_.substr(1));
    return !type.empty() && (rest_[0] == '/' || !type_oid(type).empty());
  }

  /// Takes an escape off the front. OpenSSL leaves a backslash of the value alone, so \x41 is text:
  /// only octets that cannot be printed are written so.
  std::optional<char> escaped_octet() {
    if (rest_.size() < 2 || rest_[0] != '\\') return std::nullopt;
    if (rest_[1] == '/' || rest_[1] == '+') return take(rest_[1], 2);
    if (rest_[1] != 'x') return std::nullopt;
    const auto octet = octet_of_hex(rest_.substr(2));
    if (!octet || (*octet >= ' ' && *octet <= '~')) return std::nullopt;
    return take(static_cast<char>(*octet), 4);
  }

  char take(char octet, std::size_t length) {
    rest_.remove_prefix(length);
    return octet;
  }

  /// The one-line form does not tell string types; only a BMPString has NUL octets.
  std::string decoded(const std::string& octets) const {
    const bool wide = octets.find('\0') != octets.npos;
    std::string text;
    const auto* complaint =
        decode_character_string(wide ? V_ASN1_BMPSTRING : V_ASN1_UTF8STRING, octets, text);
    if (complaint)
      refuse("has a value in its part " + std::to_string(part_) + " that " + complaint +
             "; a certificate with it is refused as malformed");
    return text;
  }

  std::string_view rest_;
  std::size_t part_ = 0;  ///< that is read, counted from 1
};

}  // namespace

Name parse_slash_name(std::string_view text) { return SlashNameReader(text).read(); }

}  // namespace certmap
