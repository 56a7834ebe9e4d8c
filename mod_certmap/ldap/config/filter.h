// A search filter (RFC 4515) whose assertion values are templates.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/rule/checked_certificate.h"
#include "core/rule/template.h"

namespace certmap {

/// It never changes once it is read: any number of threads may expand it.
class Filter {
 public:
  /// `matches` are the rule's lines. Outer parentheses may be missing. Throws ConfigError: bad
  /// syntax, a template outside an assertion value, or none at all, because that would find the
  /// same entry for everyone.
  Filter(std::string_view text, const std::vector<Match>& matches);

  /// Everything that is substituted is escaped; a value that is not NFKC-stable, holds a control or
  /// format character or has a blank at an end is UnsafeAccount. Octets that are sent by `bin` are
  /// exempt.
  Expansion expand(const CheckedCertificate& certificate) const;

  /// True where it compares with `cea`, an assertion about the certificate as a whole.
  bool uses_exact_match() const;
  /// Attribute types that it names, without options and matching rules, each once.
  const std::vector<std::string>& attributes() const { return attributes_; }

 private:
  EscapedTemplate template_;
  std::vector<std::string> attributes_;
};

}  // namespace certmap
