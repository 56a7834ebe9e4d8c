// What a directory said of a certificate, as far as it is kept: a hit, or none. In a cache that
// others can write to it lies encrypted and authenticated (AES-256-GCM, NIST SP 800-38D), together
// with what was looked up.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/rule/decision.h"

namespace certmap {

struct Lookup {
  bool found = false;
  std::string account;
  std::vector<std::string> groups;
  AttributeValues attributes;  ///< NAME of CERTMAP_ATTR_NAME, and its values
  std::int64_t time = 0;       ///< seconds since 1970, by the clock of the machine that looked up

  bool operator==(const Lookup&) const = default;
};

/// The lookup as octets, and back; empty where they are not from serialize() of this version.
std::string serialize(const Lookup& lookup);
std::optional<Lookup> parse_lookup(std::string_view octets);

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
