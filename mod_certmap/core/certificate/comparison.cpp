#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "core/certificate/account.h"
#include "core/certificate/alt_name.h"
#include "core/certificate/attribute.h"
#include "core/certificate/certificate.h"
#include "core/certificate/character_string.h"
#include "core/certificate/openssl_der.h"
#include "core/certificate/sid.h"
#include "core/text/calendar.h"
#include "core/text/encodings.h"
#include "core/text/error.h"
#include "core/text/joined.h"

namespace certmap {
namespace {

using Kind = AttributeKind;

// A typed value, and the sentence where no certificate can have it.
struct Typed {
  const Attribute& attribute;
  std::string_view text;

  [[noreturn]] void refuse(const std::string& instead) const {
    // The text is not quoted: of a file that was named by mistake it may be a password.
    throw ConfigError("no certificate has such a value of " + name_of(attribute) + "; " + instead);
  }
};

// Maps of a million digests are read: a table, and no growing string.
constexpr auto kDigitValues = [] {
  std::array<signed char, 256> values{};
  values.fill(-1);
  for (int digit = 0; digit < 10; ++digit) values['0' + digit] = static_cast<signed char>(digit);
  for (int digit = 10; digit < 16; ++digit)
    values['a' + digit - 10] = values['A' + digit - 10] = static_cast<signed char>(digit);
  return values;
}();

int digit_value(char c) { return kDigitValues[static_cast<unsigned char>(c)]; }

std::string octets_of_hex(const Typed& typed) {
  std::string octets((typed.text.size() + 1) / 2, '\0');
  std::size_t size = 0;
  int high = -1;
  for (const char c : typed.text) {
    if (c == ':') continue;
    const int digit = digit_value(c);
    if (digit < 0) typed.refuse("write it in hexadecimal digits, with or without colons");
    if (high >= 0) octets[size++] = static_cast<char>(high << 4 | digit);
    high = high < 0 ? digit : -1;
  }
  if (high >= 0 || size == 0) typed.refuse("write two hexadecimal digits for each octet");
  octets.resize(size);
  return octets;
}

std::string digest_of_hex(const Typed& typed, std::size_t octets, std::string_view digest) {
  auto result = octets_of_hex(typed);
  if (result.size() != octets) {
    typed.refuse("write the " + std::to_string(2 * octets) + " hexadecimal digits of " +
                 std::string(digest));
  }
  return result;
}

std::string serial_of_hex(const Typed& typed) {
  auto octets = octets_of_hex(typed);
  octets.erase(0, std::min(octets.find_first_not_of('\0'), octets.size() - 1));
  return octets;
}

std::string issuer_serial(std::string_view serial, const Name& issuer) {
  return hex(serial) + '@' + comparison_key(issuer);
}

std::string issuer_serial_of_text(const Typed& typed) {
  const auto at = typed.text.find('@');
  if (at == typed.text.npos) typed.refuse("write HEX@ISSUER, like 0a1b@CN=Corp CA,O=Example");
  const auto serial = serial_of_hex({typed.attribute, typed.text.substr(0, at)});
  return issuer_serial(serial, parse_name(typed.text.substr(at + 1)));
}

// RFC 3986: scheme and host; what stands before '@' in an authority is no host.
std::string uri_key(std::string_view uri) {
  const auto colon =
      uri.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
  if (colon == uri.npos || uri[colon] != ':') return std::string(uri);
  std::string key = to_lower(uri.substr(0, colon));
  uri.remove_prefix(colon);
  if (!uri.starts_with("://")) return key.append(uri);
  const auto authority = uri.substr(0, uri.find_first_of("/?#", 3));
  const auto user = authority.rfind('@');
  const auto host = user == uri.npos ? 3 : user + 1;
  key.append(authority.substr(0, host)).append(to_lower(authority.substr(host)));
  return key.append(uri.substr(authority.size()));
}

std::string ip_of_text(const Typed& typed) {
  std::array<char, 16> octets;
  const std::string text(typed.text);
  if (inet_pton(AF_INET, text.c_str(), octets.data()) == 1) return ip_text({octets.data(), 4});
  if (inet_pton(AF_INET6, text.c_str(), octets.data()) == 1) return ip_text({octets.data(), 16});
  typed.refuse("write an address like 192.0.2.1 or 2001:db8::1");
}

std::string dotted_of_text(const Typed& typed, bool names) {
  const bool digit_first = digit_value(typed.text.front()) >= 0 && typed.text.front() <= '9';
  const auto oid = digit_first || names ? oid_from_text(typed.text) : std::string();
  if (oid.empty()) {
    typed.refuse(names ? "write a dotted OID, or OpenSSL's name like clientAuth"
                       : "write a dotted OID");
  }
  return oid_to_dotted(oid);
}

std::string time_of_text(const Typed& typed) {
  const auto text = typed.text;
  if (!has_digits_as("0000-00-00T00:00:00Z", text) || !day_of(text.substr(0, 10)) ||
      text.substr(11, 2) > "23" || text.substr(14, 2) > "59" || text.substr(17, 2) > "59")
    typed.refuse("write it in UTC like 2026-11-21T00:00:00Z");
  return std::string(text);
}

std::string krb5_of_text(const Typed& typed) {
  if (!is_krb5_principal(typed.text))
    typed.refuse(
        "write it with its realm, user@REALM, and with \\ before each of / @ \\ inside a part");
  return std::string(typed.text);
}

std::string sid_of_text(const Typed& typed) {
  if (!is_sid(typed.text)) typed.refuse("write it like S-1-5-21-1-2-3-1104");
  return std::string(typed.text);
}

std::string ascii_of_text(const Typed& typed) {
  std::string text;
  if (decode_character_string(V_ASN1_IA5STRING, typed.text, text)) {
    typed.refuse(typed.attribute.kind == Kind::Email
                     ? "write ASCII; a mailbox beyond ASCII is smtputf8"
                     : "write ASCII; names beyond it stand in certificates in their xn-- form");
  }
  return text;
}

std::string component_of_text(const Typed& typed) {
  auto key = fold_name_value(typed.text);
  if (key.empty()) typed.refuse("write something besides blanks");
  return key;
}

std::string key_usage_of_text(const Typed& typed) {
  const auto lower = to_lower(typed.text);
  if (lower == "contentcommitment") return "nonRepudiation";
  for (const auto usage : kKeyUsages)
    if (lower == to_lower(usage)) return std::string(usage);
  typed.refuse("write one of " + joined(kKeyUsages));
}

void check_text(const Typed& typed) {
  if (typed.text.empty()) {
    throw ConfigError("the value of " + name_of(typed.attribute) +
                      " is empty, and no certificate has that; write the value");
  }
  if (!is_clean_text(typed.text)) {
    throw ConfigError("the value of " + name_of(typed.attribute) +
                      " holds a control character or is not UTF-8; no certificate has that");
  }
}

std::string key_of_typed_octets(const Typed& typed) {
  switch (typed.attribute.kind) {
    case Kind::Serial:
      return serial_of_hex(typed);
    case Kind::Cert:
    case Kind::Sha256:
      return digest_of_hex(typed, 32, "the certificate's SHA-256");
    case Kind::Spki:
      return digest_of_hex(typed, 32, "the SHA-256 of the SubjectPublicKeyInfo");
    case Kind::Sha1:
      return digest_of_hex(typed, 20, "the certificate's SHA-1");
    default:
      return octets_of_hex(typed);
  }
}

std::string key_of_typed_text(const Typed& typed) {
  switch (typed.attribute.kind) {
    case Kind::SubjectComponent:
    case Kind::IssuerComponent:
    case Kind::DirnameComponent:
      return component_of_text(typed);
    case Kind::Email:
      return normalized_email(ascii_of_text(typed));
    case Kind::Dns:
      return to_lower(ascii_of_text(typed));
    case Kind::Uri:
      return uri_key(ascii_of_text(typed));
    case Kind::Srv:
      return ascii_of_text(typed);
    case Kind::Upn:
      return to_lower(typed.text);
    case Kind::Ip:
      return ip_of_text(typed);
    case Kind::Krb5:
      return krb5_of_text(typed);
    case Kind::Sid:
      return sid_of_text(typed);
    case Kind::Ku:
      return key_usage_of_text(typed);
    case Kind::Eku:
      return dotted_of_text(typed, true);
    case Kind::Rid:
    case Kind::Policy:
      return dotted_of_text(typed, false);
    case Kind::NotBefore:
    case Kind::NotAfter:
      return time_of_text(typed);
    default:
      return std::string(typed.text);
  }
}

}  // namespace

std::string comparison_key(const Attribute& attribute, const Value& value) {
  switch (attribute.kind) {
    case Kind::Subject:
    case Kind::Issuer:
    case Kind::Dirname:
      return comparison_key(*value.name);
    case Kind::IssuerSerial:
      return issuer_serial(value.data, *value.name);
    case Kind::SubjectComponent:
    case Kind::IssuerComponent:
    case Kind::DirnameComponent:
      // Nothing that is typed has a control character.
      return value.opaque ? std::string(1, '\1').append(value.data) : fold_name_value(value.data);
    case Kind::Uri:
      return uri_key(value.data);
    case Kind::Cert:
    case Kind::Spki:
      return digest_of(EVP_sha256(), value.data);
    default:
      return std::string(value.data);
  }
}

std::string comparison_key_of_text(const Attribute& attribute, std::string_view text) {
  const Typed typed{attribute, text};
  check_text(typed);
  if (attribute.kind == Kind::IssuerSerial) return issuer_serial_of_text(typed);
  switch (type_of(attribute)) {
    case ValueType::Name:
      return comparison_key(parse_name(text));
    case ValueType::Octets:
      return key_of_typed_octets(typed);
    case ValueType::Text:
      return key_of_typed_text(typed);
  }
  return {};
}

}  // namespace certmap
