#include <ldap.h>
#include <openssl/asn1.h>
#include <strings.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/certificate/account.h"
#include "core/certificate/character_string.h"
#include "core/certificate/der.h"
#include "core/certificate/name.h"
#include "core/certificate/name_types.h"
#include "core/text/encodings.h"
#include "core/text/error.h"
#include "core/text/visible.h"

namespace certmap {
namespace {

bool is_type(const Rdn& rdn, std::initializer_list<std::string_view> types) {
  return std::ranges::any_of(rdn, [&](const auto& value) {
    return std::ranges::find(types, oid_to_name(value.oid)) != types.end();
  });
}

/// Before a name is parsed a second time: whether it begins as a reversed one does.
bool may_be_reversed(std::string_view typed) {
  const auto type = to_lower(typed.substr(0, typed.find('=')));
  constexpr std::array<std::string_view, 6> kWide = {"c", "o", "ou", "dc", "st", "l"};
  return std::ranges::find(kWide, type) != kWide.end() && typed.find(',') != typed.npos;
}

using ParsedName = std::unique_ptr<LDAPRDN, decltype([](LDAPDN dn) { ldap_dnfree(dn); })>;

std::string_view view(const berval& value) { return {value.bv_val, value.bv_len}; }

/// The name is not quoted: of a file that was named by mistake it may be a password.
[[noreturn]] void refuse(const std::string& why) { throw ConfigError("the name " + why); }

[[noreturn]] void refuse_type(std::string_view type, std::size_t part) {
  constexpr std::string_view kHints[][2] = {{"E", "emailAddress"},
                                            {"email", "emailAddress"},
                                            {"S", "ST (state) or SN (surname)"},
                                            {"G", "GN"},
                                            {"T", "title"},
                                            {"I", "initials"}};
  for (const auto& [wrong, right] : kHints) {
    if (type.size() == wrong.size() && !strncasecmp(type.data(), wrong.data(), wrong.size()))
      refuse("has the unknown type " + std::string(wrong) + "; write " + std::string(right));
  }
  refuse("has an unknown type in its part " + std::to_string(part) +
         "; write OpenSSL's name of it (CN, OU, O, emailAddress, ...) or its dotted OID");
}

// libldap takes "1.2.3" but not "OID.1.2.3".
std::string without_oid_prefixes(std::string_view text) {
  if (text.find('.') == text.npos) return std::string(text);
  std::string result;
  bool at_type = true;
  bool escaped = false;
  while (!text.empty()) {
    const bool prefix = at_type && text.size() > 4 && !strncasecmp(text.data(), "OID.", 4);
    if (prefix) text.remove_prefix(4);
    const char c = text.front();
    at_type = !escaped && (c == ',' || c == '+' || (at_type && !prefix && c == ' '));
    escaped = !escaped && c == '\\';
    result += c;
    text.remove_prefix(1);
  }
  return result;
}

ParsedName parse(std::string_view text) {
  const std::string plain = without_oid_prefixes(text);
  LDAPDN dn = nullptr;
  const bool ok = plain.find('\0') == plain.npos &&
                  ldap_str2dn(plain.c_str(), &dn, LDAP_DN_FORMAT_LDAPV3) == LDAP_SUCCESS;
  ParsedName parsed(dn);
  if (!ok || !dn) {
    refuse(
        "cannot be read; write it as RFC 4514 says, most specific part first and in quotes where "
        "it has blanks (CN=...,OU=...,O=...), with \\ before each of , + \" \\ < > ; inside a "
        "value");
  }
  return parsed;
}

// What is written as #hex: character strings count as their text.
void read_hex_value(std::string_view der, NameValue& value) {
  const auto tlv = DerReader(der).read_only();
  if (!tlv) refuse("has a value after # that is no DER");
  const bool is_text = tlv->tag_class == V_ASN1_UNIVERSAL && is_character_string(tlv->tag);
  if (is_text) {
    const char* complaint = decode_character_string(tlv->tag, tlv->content, value.text);
    if (complaint) refuse(std::string("has a value that ") + complaint);
  }
  if (!is_text || (!value.text.empty() && !has_name(value.oid))) value.der = der;
}

/// `part` counts from 1.
NameValue read_value(const LDAPAVA& ava, std::size_t part) {
  NameValue value;
  value.oid = oid_from_text(view(ava.la_attr));
  if (value.oid.empty()) refuse_type(view(ava.la_attr), part);
  if (ava.la_flags & LDAP_AVA_BINARY) {
    read_hex_value(view(ava.la_value), value);
    return value;
  }
  value.text = view(ava.la_value);
  if (const char* complaint = decode_character_string(V_ASN1_UTF8STRING, value.text, value.text)) {
    refuse("has a value that " + std::string(complaint));
  }
  return value;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Nothing for what libldap has to read, or to refuse.
std::optional<NameValue> read_plain_part(std::string_view part) {
  const auto equals = std::min(part.find('='), part.size());
  const auto type = part.substr(0, equals);
  const auto value = part.substr(std::min(equals + 1, part.size()));
  if (value.empty() || value.size() > kMaxValueLength || value.front() == ' ' ||
      value.back() == ' ' || !std::ranges::all_of(type, is_letter))
    return std::nullopt;
  NameValue read{oid_from_text(type), std::string(value), {}};
  return read.oid.empty() ? std::nullopt : std::optional(std::move(read));
}

/// Maps of a million names are read: where nothing is escaped, and each RDN has one value, libldap
/// is not asked.
std::optional<Name> parse_plain(std::string_view text) {
  constexpr auto kIsPlain = [](char c) {
    return c != '+' && c != '"' && c != '\\' && c != '<' && c != '>' && c != ';' && c != '#';
  };
  if (!is_plain_ascii(text) || !std::ranges::all_of(text, kIsPlain)) return std::nullopt;
  const auto parts = split(text, ',');
  Name name;
  name.reserve(parts.size());
  for (const auto part : parts) {
    auto value = read_plain_part(part);
    if (!value) return std::nullopt;
    name.emplace_back().push_back(std::move(*value));
  }
  std::ranges::reverse(name);
  return name;
}

}  // namespace

std::optional<std::string> doubt_about_order(std::string_view typed) {
  if (!may_be_reversed(typed)) return {};
  const auto name = parse_name(typed);
  if (is_type(name.back(), {"C", "O", "OU", "DC", "ST", "L"}) &&
      is_type(name.front(), {"CN", "UID", "emailAddress"}))
    return "this name looks the wrong way round; write its most specific part first, like "
           "CN=Alice Doe,O=Example";
  return {};
}

Name parse_name(std::string_view rfc4514) {
  if (auto plain = parse_plain(rfc4514)) return std::move(*plain);
  const ParsedName dn = parse(rfc4514);
  Name name;
  for (auto* rdn = dn.get(); *rdn; ++rdn) {
    auto& values = name.emplace_back();
    for (auto* ava = *rdn; *ava; ++ava) values.push_back(read_value(**ava, name.size()));
  }
  std::reverse(name.begin(), name.end());
  return name;
}

}  // namespace certmap
