#include "core/certificate/name.h"

#include <algorithm>
#include <cstddef>

namespace certmap {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

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
    folded += lower(c);
  }
  if (!folded.empty() && folded.back() == ' ') folded.pop_back();
  return folded;
}

}  // namespace certmap
