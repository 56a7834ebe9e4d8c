// One CertMapMatch line. It never changes once it is read: any number of threads may use it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/certificate/attribute.h"
#include "core/certificate/certificate.h"

namespace re2 {
class RE2;
}

namespace certmap {

/// A compiled regular expression, which is never changed; core/rule/regex.h has the type.
using Regex = std::shared_ptr<const re2::RE2>;

/// What the groups of the regex that matched a value captured, as a template writes them: "$1", and
/// a name. Those that took no part are absent.
using Captures = std::map<std::string, std::string, std::less<>>;

class Match {
 public:
  /// The directive's arguments: `[any|all] ATTRIBUTE OP VALUE …`. Throws ConfigError.
  explicit Match(const std::vector<std::string>& words);

  const Attribute& attribute() const { return attribute_; }
  bool is_negation() const { return negated_; }
  bool is_regex() const { return !regexes_.empty(); }
  const std::vector<Regex>& regexes() const { return regexes_; }
  /// comparison_key()s of a `==` or `!=` line.
  const std::vector<std::string>& keys() const { return keys_; }
  /// The line as it was written, for logs.
  const std::string& text() const { return text_; }

  /// True where the value equals, or matches, one of the line's VALUEs.
  bool hits(const Value& value) const;
  /// True where the line holds for the attribute's values; none means that it is absent.
  bool holds(const std::vector<Value>& values) const;
  /// The groups of the first regex that matches; empty where none does.
  std::optional<Captures> capture(const Value& value) const;

 private:
  Attribute attribute_;
  bool negated_ = false;
  bool all_ = false;
  std::vector<std::string> keys_;
  std::vector<Regex> regexes_;
  std::vector<std::string> ends_;  ///< literal_end() of each
  std::string text_;
};

}  // namespace certmap
