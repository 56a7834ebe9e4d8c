// Templates: literal text, `{attribute}`, `{attribute[n]!conversion…}`, `{group}`, `$1`…`$9`.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/certificate/conversion.h"
#include "core/rule/checked_certificate.h"

namespace certmap {

/// What a template gave for a certificate: a text, or why there is none.
struct Expansion {
  enum class Outcome { Text, Missing, Ambiguous };
  Outcome outcome = Outcome::Text;
  std::string text;  ///< the result; otherwise the part of the template that has no one value
};

class Template {
 public:
  /// `matches` are the rule's lines, whose groups the template may use. Throws ConfigError.
  Template(std::string_view text, const std::vector<Match>& matches);

  /// True where it is literal text alone.
  bool is_constant() const;
  Expansion expand(const CheckedCertificate& certificate) const;

 private:
  friend class EscapedTemplate;

  struct AttributePart {
    Attribute attribute;
    int index;
  };
  struct NumberedGroup {
    std::size_t line;
    std::size_t number;
  };
  struct NamedGroup {
    std::size_t line;
    std::string name;
  };
  struct Part {
    std::variant<std::string, AttributePart, NumberedGroup, NamedGroup> source;
    Conversions conversions;
    std::string text;  ///< as written
  };

  Template(std::string_view text, const std::vector<Match>& matches, Usage usage);

  static Part read_group_number(char digit, const std::vector<Match>& matches);
  static Part read_braces(std::string_view inner, const std::vector<Match>& matches, Usage usage);
  static Choice<Value> value_of(const Part& part, const CheckedCertificate& certificate);

  std::vector<Part> parts_;
};

/// Throws ConfigError where two lines of a rule name the same group, or a group has the name of an
/// attribute.
void check_group_names(const std::vector<Match>& matches);

}  // namespace certmap
