// Templates: literal text, `{attribute}`, `{attribute[n]!conversion…}`, `{group}`, `$1`…`$9`. They
// never change once they are read: any number of threads may expand them.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/certificate/conversion.h"
#include "core/rule/checked_certificate.h"
#include "core/rule/decision.h"

namespace certmap {

/// A text made for a certificate, or why there is none.
struct Expansion {
  /// NoRuleMatched: something in it has no value. Of several reasons the first of Reason.
  Reason reason = Reason::Mapped;
  std::string text;  ///< unless Mapped the sentence for the error log
};

/// What one part of a template stands for, not escaped.
struct Piece {
  std::string data;            ///< never empty
  const Name* name = nullptr;  ///< what the data was made from, where that is a name
  bool is_text = true;         ///< false: octets, and `every_octet` is true
  bool for_dn = false;         ///< `dn`: a value inside a distinguished name
  bool every_octet = false;    ///< `bin`
};
/// Appends the piece to the text, escaped; or says why nothing may be made of it, and appends
/// nothing.
using Escape = std::function<std::optional<std::string>(const Piece& piece, std::string& text)>;

class Template {
 public:
  /// `matches` are the rule's lines, whose groups the template may use. Throws ConfigError.
  Template(std::string_view text, const std::vector<Match>& matches);

  /// True where it is literal text alone.
  bool is_constant() const;
  Expansion expand(const CheckedCertificate& certificate) const;

 protected:
  Template(std::string_view text, const std::vector<Match>& matches, Usage usage);
  /// Where `escape` says why not, the reason is UnsafeAccount.
  Expansion expand(const CheckedCertificate& certificate, const Escape& escape) const;

  struct AttributePart {
    Attribute attribute;
    int index;
  };
  struct Group {
    std::size_t line;
    std::string name;  ///< as in Captures
  };
  struct Part {
    std::variant<std::string, AttributePart, Group> source;
    Conversions conversions;
    std::string text;  ///< as written
  };
  std::vector<Part> parts_;

 private:
  static Part read_group_number(char digit, const std::vector<Match>& matches);
  static Part read_braces(std::string_view inner, const std::vector<Match>& matches, Usage usage);
  static Choice<Value> value_of(const Part& part, const CheckedCertificate& certificate);
  static std::optional<Piece> piece_of(const Part& part, const Value& value);
  static Expansion append(const Part& part, const CheckedCertificate& certificate,
                          const Escape& escape, std::string& text);
};

/// A template whose text goes where it must be escaped: nothing that a certificate says gets into
/// the result but through one function.
class EscapedTemplate : private Template {
 public:
  /// Throws ConfigError.
  EscapedTemplate(std::string_view text, const std::vector<Match>& matches);

  using Template::is_constant;
  bool uses(AttributeKind kind) const;
  /// The literal text, with `mark` where something is substituted.
  std::string outline(char mark) const;
  Expansion expand(const CheckedCertificate& certificate, const Escape& escape) const;
};

/// Throws ConfigError where two lines of a rule name the same group, or a group has the name of an
/// attribute.
void check_group_names(const std::vector<Match>& matches);

}  // namespace certmap
