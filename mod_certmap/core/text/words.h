// Words for the values of an enum.
#pragma once

#include <cstddef>
#include <string_view>

namespace certmap {

/// The one of `words` for `value`. They stand in the enum's order, whose last value is `last`: the
/// compiler counts.
template <auto last, std::size_t count>
std::string_view word_of(decltype(last) value, const std::string_view (&words)[count]) {
  static_assert(count == static_cast<std::size_t>(last) + 1);
  return words[static_cast<std::size_t>(value)];
}

}  // namespace certmap
