// A template whose text goes where it must be escaped: nothing that a certificate says gets into
// the result but through one function.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/rule/template.h"

namespace certmap {

/// What one part of the template stands for, not escaped.
struct Piece {
  std::string data;            ///< never empty
  const Name* name = nullptr;  ///< what the data was made from, where that is a name
  bool is_text = true;         ///< false: octets, and `every_octet` is true
  bool for_dn = false;         ///< `dn`: a value inside a distinguished name
  bool every_octet = false;    ///< `bin`
  std::string_view part;       ///< of the template, as written
};

class EscapedTemplate {
 public:
  /// Appends the piece to the text, escaped. False: nothing may be made of it.
  using Escape = std::function<bool(const Piece& piece, std::string& text)>;

  /// Throws ConfigError.
  EscapedTemplate(std::string_view text, const std::vector<Match>& matches);

  bool is_constant() const { return template_.is_constant(); }
  bool uses(AttributeKind kind) const;
  /// The literal text, with `mark` where something is substituted.
  std::string outline(char mark) const;

  /// Where `escape` says no, the outcome is Missing.
  Expansion expand(const CheckedCertificate& certificate, const Escape& escape) const;

 private:
  Template template_;
};

}  // namespace certmap
