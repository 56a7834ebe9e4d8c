#include "tool/show/map_key.h"

#include "core/map/image_builder.h"
#include "core/text/visible.h"
#include "tool/mapfile/map_edit.h"

namespace certmap {
std::string map_key(const Attribute& attribute, const Value& value) {
  return map_field(name_of(attribute) + ':' + text_of(value));
}

std::vector<std::string> map_keys(const Certificate& certificate) {
  std::vector<std::string> keys;
  for (const auto kind : kStrongestFirst) {
    const Attribute attribute{kind, {}};
    for (const auto& value : values_of(certificate, attribute))
      keys.push_back(map_key(attribute, value));
  }
  // A map file holds no control or format characters.
  std::erase_if(keys, [](const auto& key) { return visible(key) != key; });
  return keys;
}

}  // namespace certmap
