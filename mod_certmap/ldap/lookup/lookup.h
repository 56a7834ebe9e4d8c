// What a directory said of a certificate, as far as it is kept: a hit, or none.
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

}  // namespace certmap
