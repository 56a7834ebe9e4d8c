#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/certificate/name.h"
#include "core/text/error.h"
#include "core/text/joined.h"
#include "tool/import/formats.h"
#include "tool/import/slash_name.h"

namespace certmap {
namespace {

struct GridmapLine {
  std::string name;
  std::vector<std::string> accounts;
  std::string comment;
};

/// One character of a name, perhaps escaped, off the front: \xHH is an octet, any other \c is c.
char take_character(std::string_view& rest) {
  const bool escaped = rest[0] == '\\' && rest.size() > 1;
  const auto octet = escaped && rest[1] == 'x' ? octet_of_hex(rest.substr(2)) : std::nullopt;
  const char character = octet ? static_cast<char>(*octet) : rest[escaped ? 1 : 0];
  rest.remove_prefix(octet ? 4 : escaped ? 2 : 1);
  return character;
}

std::string take_name(std::string_view& rest) {
  const bool quoted = rest.starts_with('"');
  if (quoted) rest.remove_prefix(1);
  std::string name;
  const auto ends = [quoted](char c) { return quoted ? c == '"' : c == ' ' || c == '\t'; };
  while (!rest.empty() && !ends(rest[0])) {
    name += take_character(rest);
    const auto plain = std::ranges::find_if(rest, [&](char c) { return c == '\\' || ends(c); });
    name.append(rest.begin(), plain);
    rest.remove_prefix(static_cast<std::size_t>(plain - rest.begin()));
  }
  if (quoted && rest.empty())
    throw ConfigError("a quoted name has no closing quote; write \" at its end");
  if (quoted) rest.remove_prefix(1);
  return name;
}

void take_accounts(std::string_view rest, GridmapLine& line) {
  constexpr std::string_view kSeparators = ", \t";
  for (;;) {
    rest.remove_prefix(std::min(rest.find_first_not_of(kSeparators), rest.size()));
    if (rest.empty()) return;
    if (rest.starts_with('#')) {
      line.comment = rest.substr(1);
      return;
    }
    const auto end = std::min(rest.find_first_of(kSeparators), rest.size());
    line.accounts.emplace_back(rest.substr(0, end));
    rest.remove_prefix(end);
  }
}

GridmapLine split(std::string_view text) {
  GridmapLine line;
  line.name = take_name(text);
  take_accounts(text, line);
  if (line.accounts.empty()) throw ConfigError("the account is missing; write it behind the name");
  return line;
}

void check_sense(const GridmapLine& line) {
  if (line.accounts[0].starts_with('.'))
    throw ConfigError(
        "the account " + quoted_for_message(line.accounts[0]) +
        " stands for a pool of accounts; write an entry with an account for each certificate");
  if (line.name.ends_with("/*"))
    throw ConfigError("the name " + quoted_for_message(line.name) +
                      " is a pattern; write a rule with CertMapMatch subject =~ for it");
}

void import_line(std::size_t number, std::string_view text, ImportedMap& map) {
  auto line = split(text);
  const auto name = parse_slash_name(line.name);
  check_sense(line);
  const std::vector<std::string> others(line.accounts.begin() + 1, line.accounts.end());
  if (!others.empty())
    map.problem(number, "besides the default account " + quoted_for_message(line.accounts[0]) +
                            " there is " + joined(others, quoted_for_message) +
                            "; a map file has one account for a key, the default was taken");
  map.entry({number, "subject", to_text(name, NameStyle::Rfc4514), std::move(line.name),
             std::move(line.accounts[0]), std::move(line.comment)});
}

}  // namespace

void import_gridmap(std::string_view text, ImportedMap& map) {
  map.read(text,
           [&](std::size_t number, std::string_view line) { import_line(number, line, map); });
}

}  // namespace certmap
