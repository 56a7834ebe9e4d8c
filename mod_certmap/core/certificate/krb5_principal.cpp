#include <openssl/asn1.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/certificate/alt_name.h"
#include "core/certificate/character_string.h"
#include "core/certificate/der.h"

namespace certmap {
namespace {

constexpr const char* kUndecodable = "cannot be decoded";

bool is_escaped(char c) { return c == '/' || c == '@' || c == '\\'; }

void append_escaped(std::string& text, std::string_view part) {
  for (const char c : part) {
    if (is_escaped(c)) text += '\\';
    text += c;
  }
}

// RFC 4120 section 5.2.1: KerberosString is a GeneralString of IA5 characters.
const char* append_string(std::optional<std::string_view> content, std::string& text) {
  std::string part;
  if (!content) return kUndecodable;
  if (content->empty()) return "has an empty part";
  const char* complaint = decode_character_string(V_ASN1_IA5STRING, *content, part);
  append_escaped(text, part);
  return complaint;
}

/// The content of `[tag] { inner }`.
std::optional<std::string_view> read_explicit(DerReader& reader, int tag, int inner) {
  const auto outer = reader.read_context(tag);
  return outer ? DerReader(*outer).read_last(inner) : std::nullopt;
}

// PrincipalName: { name-type [0] Int32, name-string [1] SEQUENCE OF KerberosString }
const char* append_principal(DerReader principal, std::string& text) {
  const auto name_type = read_explicit(principal, 0, V_ASN1_INTEGER);
  const auto strings = read_explicit(principal, 1, V_ASN1_SEQUENCE);
  if (!name_type || !strings || strings->empty() || !principal.at_end()) return kUndecodable;
  DerReader components(*strings);
  while (!components.at_end()) {
    if (!text.empty()) text += '/';
    const char* complaint = append_string(components.read(V_ASN1_GENERALSTRING), text);
    if (complaint) return complaint;
  }
  return nullptr;
}

}  // namespace

const char* read_krb5_principal(std::string_view der, std::string& text) {
  const auto sequence = DerReader(der).read_last(V_ASN1_SEQUENCE);
  if (!sequence) return kUndecodable;
  DerReader fields(*sequence);
  const auto realm = read_explicit(fields, 0, V_ASN1_GENERALSTRING);
  const auto principal = read_explicit(fields, 1, V_ASN1_SEQUENCE);
  if (!principal || !fields.at_end()) return kUndecodable;
  if (const char* complaint = append_principal(DerReader(*principal), text)) return complaint;
  text += '@';
  if (const char* complaint = append_string(realm, text)) return complaint;
  return complaint_about(text);
}

bool is_krb5_principal(std::string_view text) {
  bool in_realm = false;
  bool is_part_empty = true;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool ends_part = text[at] == '/' || text[at] == '@';
    if (ends_part && (is_part_empty || in_realm)) return false;
    if (text[at] == '\\' && (++at == text.size() || !is_escaped(text[at]))) return false;
    in_realm |= ends_part && text[at] == '@';
    is_part_empty = ends_part;
  }
  return in_realm && !is_part_empty;
}

}  // namespace certmap
