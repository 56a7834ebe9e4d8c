// `!conversion` in templates: checked against the type of what goes in when the template is read.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/attribute.h"
#include "core/certificate.h"

namespace certmap {

/// `lower!local!…`: applied left to right.
class Conversions {
 public:
  Conversions() = default;
  /// `names` as written between the `!`s. Throws ConfigError for a name that is unknown or does not
  /// fit what stands before it ("dec" wants octets, "rfc4514" wants a name, …).
  Conversions(const std::vector<std::string>& names, ValueType input);

  /// The text to substitute; empty where the result is missing (docs/directives.md: `local` of a
  /// text without exactly one `@`, or an empty result).
  std::optional<std::string> apply(const Value& value) const;

 private:
  std::vector<int> steps_;
};

std::string hex(std::string_view octets);
/// Of an unsigned big-endian number; empty where it has more than 512 octets.
std::string decimal(std::string_view octets);
std::string to_lower(std::string_view text);  ///< ASCII only

}  // namespace certmap
