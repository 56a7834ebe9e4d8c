#include "ldap/directory/schema.h"

#include <ldap.h>
#include <ldap_schema.h>

#include <algorithm>
#include <memory>

namespace certmap {
namespace {

using Type = std::unique_ptr<LDAPAttributeType,
                             decltype([](LDAPAttributeType* t) { ldap_attributetype_free(t); })>;

/// Lower case, without options.
std::string key_of(std::string attribute) {
  attribute.erase(std::min(attribute.find(';'), attribute.size()));
  for (char& c : attribute)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return attribute;
}

Type parse(const std::string& text) {
  int code = 0;
  const char* where = nullptr;
  return Type(ldap_str2attributetype(text.c_str(), &code, &where, LDAP_SCHEMA_ALLOW_ALL));
}

}  // namespace

Schema::Schema(const std::vector<std::string>& types) {
  for (const auto& text : types) {
    const auto type = parse(text);
    if (!type || type->at_oid == nullptr) continue;
    char** names = type->at_names;
    const std::string first = names != nullptr && *names != nullptr ? *names : type->at_oid;
    first_names_.emplace(key_of(type->at_oid), first);
    for (; names != nullptr && *names != nullptr; ++names)
      first_names_.emplace(key_of(*names), first);
  }
}

std::optional<std::string> Schema::name_of(const std::string& attribute) const {
  const auto found = first_names_.find(key_of(attribute));
  return found == first_names_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace certmap
