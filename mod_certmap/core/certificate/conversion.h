// `!conversion` in templates: checked against the type of what goes in when the template is read.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/certificate/attribute.h"
#include "core/certificate/certificate.h"

namespace certmap {

/// Where a template stands: `dn` and `bin` exist only in filters.
enum class Usage { Text, Filter };

/// A chain such as `lower!local`, which is applied from left to right. It never changes once it is
/// made: any number of threads may apply it.
class Conversions {
 public:
  Conversions() = default;
  /// `names` as written between the `!`s. Throws ConfigError for a name that is unknown or does not
  /// fit what stands before it ("dec" wants octets, "rfc4514" wants a name, …).
  Conversions(const std::vector<std::string>& names, ValueType input, Usage usage = Usage::Text);

  /// The text to substitute; empty where the result is missing (docs/directives.md: `local` of a
  /// text without exactly one `@`, or an empty result). What `dn` and `bin` ask for is not done to
  /// it: that is left to what escapes it.
  std::optional<std::string> apply(const Value& value) const;
  /// The same, but octets stay octets.
  std::optional<std::string> apply_raw(const Value& value) const;

  bool escapes_for_dn() const { return dn_; }
  bool escapes_every_octet() const { return bin_; }
  /// True where apply_raw() gives octets, not text.
  bool gives_octets() const { return octets_; }

 private:
  std::optional<std::string> run(const Value& value) const;

  std::vector<int> steps_;
  bool dn_ = false, bin_ = false, octets_ = false;
};

/// For messages: the conversion of that name behind an attribute that it fits, "spki!sha512";
/// empty: there is no such conversion.
std::string example_of_conversion(std::string_view name);

}  // namespace certmap
