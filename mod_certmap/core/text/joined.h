// Lists in sentences.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace certmap {

/// "a, b": what `text_of` makes of each of `all`.
template <typename All, typename TextOf = std::identity>
std::string joined(const All& all, TextOf text_of = {}, std::string_view between = ", ") {
  std::string text;
  std::string_view separator;
  for (const auto& each : all) {
    text.append(separator).append(std::invoke(text_of, each));
    separator = between;
  }
  return text;
}

}  // namespace certmap
