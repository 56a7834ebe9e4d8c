// The attribute types that a directory knows (RFC 4512 section 4.1.2).
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace certmap {

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

}  // namespace certmap
