#include "core/certificate/name_order.h"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "core/certificate/name.h"
#include "core/text/encodings.h"

namespace certmap {
namespace {

bool is_type(const Rdn& rdn, std::initializer_list<std::string_view> types) {
  return std::ranges::any_of(rdn, [&](const auto& value) {
    return std::ranges::find(types, oid_to_name(value.oid)) != types.end();
  });
}

/// Before a name is parsed a second time: whether it begins as a reversed one does.
bool may_be_reversed(std::string_view typed) {
  const auto type = to_lower(typed.substr(0, typed.find('=')));
  constexpr std::array<std::string_view, 6> kWide = {"c", "o", "ou", "dc", "st", "l"};
  return std::ranges::find(kWide, type) != kWide.end() && typed.find(',') != typed.npos;
}

}  // namespace

std::optional<std::string> doubt_about_order(std::string_view typed) {
  if (!may_be_reversed(typed)) return {};
  const auto name = parse_name(typed);
  if (is_type(name.back(), {"C", "O", "OU", "DC", "ST", "L"}) &&
      is_type(name.front(), {"CN", "UID", "emailAddress"}))
    return "this name looks the wrong way round; write its most specific part first, like "
           "CN=Alice Doe,O=Example";
  return {};
}

}  // namespace certmap
