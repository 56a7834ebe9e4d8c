// What a key of a map file says of every certificate that has it: certificates with
// `subject:CN=alice,O=Example` all have `subject.O:Example`, too.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/certificate/attribute.h"
#include "core/certificate/certificate.h"

namespace certmap {

class KeyFacts {
 public:
  /// `typed` is a VALUE that comparison_key_of_text() takes, `key` what it made of it.
  KeyFacts(const Attribute& kind, std::string_view typed, std::string_view key);

  /// Comparison keys of this kind that each of those certificates has.
  std::vector<std::string> keys(const Attribute& kind) const;
  /// Why each of them is refused as malformed; empty: it is not.
  const std::optional<std::string>& malformed() const { return facts_.malformed; }

 private:
  Attribute kind_;
  std::string key_;
  Certificate facts_;  ///< only what follows from the key
};

/// True where keys() of a key of kind `from` can have something of kind `to`, another one.
bool may_imply(const Attribute& from, const Attribute& to);

}  // namespace certmap
