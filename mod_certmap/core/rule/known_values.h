// The values of a certificate's attributes, each copied once for a whole decision.
#pragma once

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
  explicit KnownValues(const Certificate& certificate);

  const Certificate& certificate() const { return certificate_; }

  /// As values_of(); it stays where it is.
  const std::vector<Value>& of(const Attribute& attribute);

 private:
  const Certificate& certificate_;
  std::forward_list<std::pair<Attribute, std::vector<Value>>> known_;
};

}  // namespace certmap
