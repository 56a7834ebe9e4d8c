#include "tool/map_key.h"

#include <algorithm>

#include "core/visible.h"

namespace certmap {
namespace {

using Kind = AttributeKind;

constexpr Kind kKinds[] = {Kind::Sha256, Kind::Spki, Kind::IssuerSerial, Kind::Ski,
                           Kind::Sid,    Kind::Upn,  Kind::Krb5,         Kind::Email,
                           Kind::Uri,    Kind::Dns,  Kind::Subject};

std::string quoted(const std::string& field) {
  std::string out = "\"";
  for (const char c : field) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

}  // namespace

std::string map_key(const Attribute& attribute, const Value& value) {
  const auto key = name_of(attribute) + ':' + text_of(value);
  return key.find_first_of(" \"") == std::string::npos ? key : quoted(key);
}

std::vector<std::string> map_keys(const Certificate& certificate) {
  std::vector<std::string> keys;
  for (const auto kind : kKinds) {
    const Attribute attribute{kind, {}};
    for (const auto& value : values_of(certificate, attribute))
      keys.push_back(map_key(attribute, value));
  }
  // A map file holds no control or format characters.
  std::erase_if(keys, [](const auto& key) { return visible(key) != key; });
  return keys;
}

}  // namespace certmap
