// Lookups as they lie in a cache that others can write to: encrypted and authenticated
// (AES-256-GCM, NIST SP 800-38D) together with what was looked up.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ldap/lookup/lookup.h"

namespace certmap {

/// It never changes once it is made: any number of threads may use it.
class Seal {
 public:
  /// `secret`: at least 32 octets, the same on all machines that share the cache.
  explicit Seal(std::string_view secret);
  /// One for a cache that only this server's processes reach.
  static Seal random();

  /// Under which name the lookup of `key` lies in the cache: 32 octets that tell nothing of it.
  std::string id(std::string_view key) const;
  std::string seal(std::string_view key, const Lookup& lookup) const;
  /// Empty for anything but the result of seal() with this key and secret.
  std::optional<Lookup> open(std::string_view key, std::string_view sealed) const;

 private:
  std::string name_key_;
  std::string seal_key_;
};

}  // namespace certmap
