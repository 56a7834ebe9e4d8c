// What can be found out about a directory before anything is searched in it. Answers are sentences
// without their subject, the server.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "ldap/wire/connection.h"

namespace certmap {

/// The attribute types that a directory knows (RFC 4512 section 4.1.2).
class Schema {
 public:
  /// `types`: values of attributeTypes. Those that cannot be read are left out.
  explicit Schema(const std::vector<std::string>& types);

  bool empty() const { return first_names_.empty(); }
  /// The name by which a directory calls the attribute in its answers, whichever of its names is
  /// asked for; options are dropped. Empty: there is no such attribute.
  std::optional<std::string> name_of(const std::string& attribute) const;

 private:
  std::unordered_map<std::string, std::string> first_names_;
};

/// Why nothing can be searched at `base`; empty where it is there. Throws LdapFailure where the
/// server does not answer, or not as one that serves: a connection alone does not tell.
std::string check_base(LdapConnection& connection, const std::string& base, Deadline deadline);

/// Sentences about attributes that the server's schema does not have, or calls by another name.
/// Where the schema cannot be read there is nothing to say; nothing is thrown.
std::vector<std::string> check_attributes(LdapConnection& connection,
                                          const std::vector<std::string>& requested,
                                          const std::vector<std::string>& compared,
                                          Deadline deadline);

}  // namespace certmap
