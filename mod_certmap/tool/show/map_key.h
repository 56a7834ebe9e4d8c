// A certificate's value as the key of a map-file entry.
#pragma once

#include <string>
#include <vector>

#include "core/certificate/certificate.h"

namespace certmap {

/// `ATTRIBUTE:VALUE` as it is written in a map file (docs/map-file.md): quoted where it must be.
std::string map_key(const Attribute& attribute, const Value& value);

/// The keys that name this certificate, of the kinds that map files try first, the strongest first.
std::vector<std::string> map_keys(const Certificate& certificate);

}  // namespace certmap
