// Rules as an administrator writes them.
#pragma once

#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "core/rule/rule.h"
#include "core/text/error.h"

namespace certmap::test {

/// Words at blanks; no quotes.
inline std::vector<std::string> words(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> found;
  for (std::string word; stream >> word;) found.push_back(word);
  return found;
}

inline RuleResources no_resources() {
  return RuleResources([](const std::string&) -> std::shared_ptr<MapFile> { return nullptr; });
}

/// `lines`: "match …", "user …", "deny …".
inline std::shared_ptr<const Rule> rule(const std::vector<std::string>& lines,
                                        const std::string& name = "r") {
  auto resources = no_resources();
  RuleBuilder builder(name, resources);
  for (const auto& line : lines) {
    auto found = words(line);
    const auto directive = found[0];
    found.erase(found.begin());
    if (directive == "match") builder.match(found);
    if (directive == "user") builder.user(found);
    if (directive == "deny") builder.deny(found);
  }
  return builder.build();
}

/// What the builder says of wrong lines; "none" where they are right.
inline std::string rule_error(const std::vector<std::string>& lines,
                              const std::string& name = "r") {
  try {
    rule(lines, name);
    return "none";
  } catch (const ConfigError& error) {
    return error.what();
  }
}

}  // namespace certmap::test
