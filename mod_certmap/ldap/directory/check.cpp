#include "ldap/directory/check.h"

#include <ldap.h>
#include <ldap_schema.h>

#include <memory>
#include <string_view>

#include "core/text/encodings.h"

namespace certmap {
namespace {

using Type = std::unique_ptr<LDAPAttributeType,
                             decltype([](LDAPAttributeType* t) { ldap_attributetype_free(t); })>;

/// Lower case, without options.
std::string key_of(std::string_view attribute) {
  return to_lower(attribute.substr(0, attribute.find(';')));
}

Type parse(const std::string& text) {
  int code = 0;
  const char* where = nullptr;
  return Type(ldap_str2attributetype(text.c_str(), &code, &where, LDAP_SCHEMA_ALLOW_ALL));
}

/// The values of one attribute of one entry; none where it cannot be read.
std::vector<std::string> read_values(LdapConnection& connection, const std::string& name,
                                     const std::string& filter, const std::string& attribute,
                                     Deadline deadline) {
  try {
    if (!connection.usable()) return {};
    const auto result = connection.search({name, LDAP_SCOPE_BASE, filter, {attribute}}, deadline);
    return result.entries.empty() ? std::vector<std::string>()
                                  : result.entries[0].values(attribute);
  } catch (const LdapFailure&) {
    return {};
  }
}

Schema read_schema(LdapConnection& connection, Deadline deadline) {
  const auto names = read_values(connection, "", "(objectClass=*)", "subschemaSubentry", deadline);
  if (names.empty()) return Schema({});
  return Schema(
      read_values(connection, names[0], "(objectClass=subschema)", "attributeTypes", deadline));
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

std::string check_base(LdapConnection& connection, const std::string& base, Deadline deadline) {
  using Kind = LdapFailure::Kind;
  try {
    connection.search({base, LDAP_SCOPE_BASE, "(objectClass=*)", {LDAP_NO_ATTRS}}, deadline);
    return {};
  } catch (const LdapFailure& failure) {
    if (failure.kind() != Kind::Elsewhere && failure.kind() != Kind::Question) throw;
    // The root is no entry of the directory, and need not be readable.
    if (base.empty()) return {};
    return "does not let us search at \"" + base + "\", or there is no such entry: it " +
           failure.what();
  }
}

std::vector<std::string> check_attributes(LdapConnection& connection,
                                          const std::vector<std::string>& requested,
                                          const std::vector<std::string>& compared,
                                          Deadline deadline) {
  std::vector<std::string> sentences;
  const auto schema = read_schema(connection, deadline);
  if (schema.empty()) return sentences;
  for (const auto& attribute : compared)
    if (!schema.name_of(attribute))
      sentences.push_back("has no attribute " + attribute +
                          " in its schema: what the filter compares with it finds nothing");
  for (const auto& attribute : requested) {
    const auto name = schema.name_of(attribute);
    if (!name)
      sentences.push_back("has no attribute " + attribute +
                          " in its schema: no entry will have a value of it");
    else if (key_of(*name) != key_of(attribute))
      sentences.push_back("may answer with " + *name + " where " + attribute +
                          " is asked for: write " + *name + " instead");
  }
  return sentences;
}

}  // namespace certmap
