// The values of a certificate's attributes, each copied once for a whole decision.
#pragma once

#include <algorithm>
#include <forward_list>
#include <utility>
#include <vector>

#include "core/certificate/attribute.h"
#include "core/certificate/certificate.h"

namespace certmap {

/// Made for one decision, and for one thread.
class KnownValues {
 public:
  /// The certificate must outlive this object.
  explicit KnownValues(const Certificate& certificate) : certificate_(certificate) {}

  const Certificate& certificate() const { return certificate_; }

  /// As values_of(); it stays where it is.
  const std::vector<Value>& of(const Attribute& attribute) {
    const auto found =
        std::ranges::find(known_, attribute, &std::pair<Attribute, std::vector<Value>>::first);
    if (found != known_.end()) return found->second;
    return known_.emplace_front(attribute, values_of(certificate_, attribute)).second;
  }

 private:
  const Certificate& certificate_;
  std::forward_list<std::pair<Attribute, std::vector<Value>>> known_;
};

}  // namespace certmap
