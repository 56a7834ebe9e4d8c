#include "core/certificate/name.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "core/certificate/name_types.h"
#include "core/text/encodings.h"

namespace certmap {
namespace {

constexpr std::size_t kUsualLength = 100;  ///< of a whole name, in octets

struct Format {
  bool most_specific_first;
  std::string_view plus;  ///< between the values of one RDN
  bool as_openssl;        ///< a lone '#', hex and unnamed types are written as OpenSSL does
  bool ascii;             ///< octets beyond ASCII are written as \XX
  bool sssd;              ///< unnamed types are UNDEF and their values text
  std::string_view NameType::*type;
};

Format format_of(NameStyle style) {
  switch (style) {
    case NameStyle::Rfc4514:
      return {true, "+", false, false, false, &NameType::short_name};
    case NameStyle::OpenSsl:
      return {true, "+", true, false, false, &NameType::short_name};
    case NameStyle::AdX500:
      return {false, ",", true, true, true, &NameType::ad};
    case NameStyle::AdLdap:
      return {true, ",", true, true, true, &NameType::ad};
    case NameStyle::NssX500:
      return {false, ",", true, true, true, &NameType::nss};
    case NameStyle::NssLdap:
      return {true, ",", true, true, true, &NameType::nss};
  }
  return {};
}

constexpr bool is_special(char c) {
  return c == ',' || c == '+' || c == '"' || c == '\\' || c == '<' || c == '>' || c == ';';
}

// OpenSSL leaves a value that is a single '#' alone.
bool needs_backslash(std::string_view text, std::size_t at, bool as_openssl) {
  const bool first = at == 0;
  const bool last = at + 1 == text.size();
  if (text[at] == ' ') return first || last;
  if (text[at] == '#') return first && !(last && as_openssl);
  return is_special(text[at]);
}

/// Whether an octet stands for itself, wherever in a value it is.
constexpr auto kStandsForItself = [] {
  std::array<bool, 256> stands{};
  for (unsigned octet = 0x20; octet < 0x7f; ++octet)
    stands[octet] = !is_special(static_cast<char>(octet));
  return stands;
}();

bool needs_no_escape(std::string_view text) {
  return !text.empty() && text.front() != ' ' && text.front() != '#' && text.back() != ' ' &&
         std::ranges::all_of(text, [](unsigned char octet) { return kStandsForItself[octet]; });
}

void append_escaped(std::string& escaped, std::string_view text, const Format& format) {
  if (needs_no_escape(text)) {
    escaped += text;
    return;
  }
  for (std::size_t at = 0; at < text.size(); ++at) {
    const unsigned char octet = text[at];
    const bool as_hex = octet < 0x20 || octet == 0x7f || (format.ascii && octet >= 0x80);
    if (as_hex || needs_backslash(text, at, format.as_openssl)) escaped += '\\';
    if (as_hex)
      escaped += hex(text.substr(at, 1), kUpperHexDigits);
    else
      escaped += text[at];
  }
}

// RFC 4512 section 1.4; OpenSSL has names that are none ("ct_cert_scts").
bool is_descriptor(std::string_view name) {
  const auto is_letter = [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; };
  return !name.empty() && is_letter(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-'; });
}

std::string unusual_type(const NameValue& value, const Format& format) {
  if (format.sssd && !has_name(value.oid)) return "UNDEF";
  if (format.as_openssl) return openssl_name(value.oid);
  auto name = oid_to_name(value.oid);
  return is_descriptor(name) ? name : oid_to_dotted(value.oid);
}

void append_type(std::string& text, const NameValue& value, const Format& format) {
  if (const auto* type = find_name_type(value.oid))
    text += type->*format.type;
  else
    text += unusual_type(value, format);
}

void append_value(std::string& text, const NameValue& value, const Format& format) {
  const bool as_hex = value.is_opaque() || (!value.der.empty() && !format.sssd);
  if (!as_hex) return append_escaped(text, value.text, format);
  text += '#' + hex(value.der, format.as_openssl ? kUpperHexDigits : kHexDigits);
}

void append_length(std::string& key, std::size_t length) {
  for (; length >= 0x80; length >>= 7) key += static_cast<char>(0x80 | (length & 0x7f));
  key += static_cast<char>(length);
}

void append_counted(std::string& key, std::string_view octets) {
  append_length(key, octets.size());
  key += octets;
}

// A value that is no character string must not equal a text with the same octets.
void append_entry(std::string& key, const NameValue& value) {
  append_counted(key, value.oid);
  const bool opaque = value.is_opaque();
  key += opaque ? '\1' : '\0';
  append_counted(key, opaque ? value.der : fold_name_value(value.text));
}

void append_sorted(std::string& key, const Rdn& rdn) {
  std::vector<std::string> entries(rdn.size());
  for (std::size_t i = 0; i < rdn.size(); ++i) append_entry(entries[i], rdn[i]);
  std::sort(entries.begin(), entries.end());
  for (const auto& entry : entries) key += entry;
}

}  // namespace

std::string to_text(const Name& name, NameStyle style) {
  const Format format = format_of(style);
  std::string text;
  text.reserve(kUsualLength);
  const auto append = [&](const NameValue& value, std::string_view separator) {
    if (!text.empty()) text += separator;
    append_type(text, value, format);
    text += '=';
    append_value(text, value, format);
  };
  const auto append_rdn = [&](auto begin, auto end) {
    for (auto value = begin; value != end; ++value)
      append(*value, value == begin ? "," : format.plus);
  };
  if (format.most_specific_first) {
    std::for_each(name.rbegin(), name.rend(),
                  [&](auto& rdn) { append_rdn(rdn.rbegin(), rdn.rend()); });
  } else {
    std::for_each(name.begin(), name.end(), [&](auto& rdn) { append_rdn(rdn.begin(), rdn.end()); });
  }
  return text;
}

std::string value_text(const NameValue& value) {
  return value.is_opaque() ? '#' + hex(value.der) : value.text;
}

std::string escape_name_value(std::string_view text) {
  std::string escaped;
  append_escaped(escaped, text, format_of(NameStyle::Rfc4514));
  return escaped;
}

// Each RDN is its number of entries, then the entries: type, kind and value, each with its length.
std::string comparison_key(const Name& name) {
  std::string key;
  key.reserve(32 * name.size());
  for (const auto& rdn : name) {
    append_length(key, rdn.size());
    if (rdn.size() == 1) {
      append_entry(key, rdn.front());
    } else {
      append_sorted(key, rdn);
    }
  }
  return key;
}

std::string fold_name_value(std::string_view text) {
  std::string folded;
  folded.reserve(text.size());
  for (const char c : text) {
    if (c == ' ' && (folded.empty() || folded.back() == ' ')) continue;
    folded += to_lower(c);
  }
  if (!folded.empty() && folded.back() == ' ') folded.pop_back();
  return folded;
}

}  // namespace certmap
