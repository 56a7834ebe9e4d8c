// A certificate seen through a rule: the value that was checked is the value that is used.
#pragma once

#include <algorithm>
#include <cstddef>
#include <forward_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/certificate/attribute.h"
#include "core/certificate/certificate.h"
#include "core/rule/match.h"

namespace certmap {

/// The values of a certificate's attributes, each copied once for a whole decision: made for one,
/// and for one thread.
class KnownValues {
 public:
  /// The certificate must outlive this object.
  explicit KnownValues(const Certificate& certificate) : certificate_(certificate) {}

  const Certificate& certificate() const { return certificate_; }

  /// As values_of(); it stays where it is.
  const std::vector<Value>& of(const Attribute& attribute) {
    const auto found = std::ranges::find(known_, attribute, &Known::first);
    if (found != known_.end()) return found->second;
    return known_.emplace_front(attribute, values_of(certificate_, attribute)).second;
  }

 private:
  using Known = std::pair<Attribute, std::vector<Value>>;

  const Certificate& certificate_;
  std::forward_list<Known> known_;
};

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
