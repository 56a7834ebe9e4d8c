// A certificate seen through a rule: the value that was checked is the value that is used.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/rule/known_values.h"
#include "core/rule/match.h"

namespace certmap {

/// One thing chosen out of several: exactly one, none, or several that differ.
template <typename T>
struct Choice {
  std::optional<T> value;
  bool ambiguous = false;
};

/// Made for one request, and for one thread.
class CheckedCertificate {
 public:
  /// Both must outlive this object. `matches` all hold.
  CheckedCertificate(KnownValues& known, const std::vector<Match>& matches)
      : known_(known), matches_(matches) {}

  const Certificate& certificate() const { return known_.certificate(); }

  /// The attribute's values that satisfy every `==` and `=~` line on it, in certificate order.
  std::vector<Value> values(const Attribute& attribute) const;
  /// The `index`-th of them (1 the first, -1 the last), or with 0 the only one.
  Choice<Value> value(const Attribute& attribute, int index) const;

  /// A group of line `line`, over all values that satisfy the lines.
  Choice<std::string> capture(std::size_t line, std::string_view group) const;

 private:
  KnownValues& known_;
  const std::vector<Match>& matches_;
};

}  // namespace certmap
