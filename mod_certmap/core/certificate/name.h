// X.501 distinguished names as vectors of typed values: texts, and the form in which they compare.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace certmap {

/// One AttributeTypeAndValue (RFC 5280 section 4.1.2.4).
struct NameValue {
  std::string oid;   ///< content octets of the type's OBJECT IDENTIFIER
  std::string text;  ///< UTF-8, unescaped; empty where the value is no character string
  std::string der;   ///< the value with its tag, where it is no character string, or where it has a
                     ///< text and OpenSSL has no name for `oid`

  /// No character string, so equal to no text.
  bool is_opaque() const { return text.empty() && !der.empty(); }
  /// An empty character string. It stays a part of its name, but is no component's value.
  bool is_empty() const { return text.empty() && der.empty(); }
};
using Rdn = std::vector<NameValue>;
/// RDNs in certificate order (least specific first).
using Name = std::vector<Rdn>;

/// How a name is written.
enum class NameStyle { Rfc4514, OpenSsl, AdX500, AdLdap, NssX500, NssLdap };
std::string to_text(const Name& name, NameStyle style);

/// A key that is equal for names which are equal under RFC 5280 section 7.1: case (ASCII only),
/// outer and repeated inner blanks, string types and the order inside one RDN do not matter.
std::string comparison_key(const Name& name);
/// The same folding for the text of a single value.
std::string fold_name_value(std::string_view text);

/// A single value as text: where it is no character string, '#' and the hex of its DER.
std::string value_text(const NameValue& value);

/// Reads RFC 4514 text, most specific RDN first. Throws ConfigError.
Name parse_name(std::string_view rfc4514);

/// Says that `typed`, a good RFC 4514 name, stands with its widest part first, as other programs
/// print it; empty: its order is a usual one.
std::optional<std::string> doubt_about_order(std::string_view typed);

/// Escapes one value for use inside RFC 4514 text (section 2.4).
std::string escape_name_value(std::string_view text);

/// More octets of an OID are not read: no certificate needs them, and OBJ_obj2txt() takes quadratic
/// time in the length of one arc.
inline constexpr std::size_t kMaxOidOctets = 512;

/// Content octets of the OID that `name` (OpenSSL's short or long name in any case, or dotted
/// decimal, with or without "OID.") stands for; empty where there is none.
std::string oid_from_text(std::string_view name);
/// OpenSSL's short name of an attribute type, or dotted decimal where there is none that
/// oid_from_text() would understand. Dotted decimal is empty for more than kMaxOidOctets.
std::string oid_to_name(std::string_view oid);
std::string oid_to_dotted(std::string_view oid);

}  // namespace certmap
