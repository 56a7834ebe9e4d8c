#include "tool/import/pg_ident.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/certificate/name.h"
#include "core/text/error.h"
#include "tool/import/formats.h"

namespace certmap {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

class PgLineReader {
 public:
  explicit PgLineReader(std::string_view text) : rest_(text) {}

  PgLine read() {
    PgLine line;
    bool same_field = false;
    while (const auto token = next()) {
      if (!same_field) line.fields.emplace_back();
      line.fields.back().push_back(*token);
      same_field = rest_.starts_with(',');
    }
    if (rest_.starts_with('#')) line.comment = rest_.substr(1);
    return line;
  }

 private:
  bool at_end(bool in_quotes) const {
    return rest_.empty() ||
           (!in_quotes && (is_blank(rest_[0]) || rest_[0] == ',' || rest_[0] == '#'));
  }

  std::optional<PgToken> next() {
    while (!rest_.empty() && (is_blank(rest_[0]) || rest_[0] == ',')) rest_.remove_prefix(1);
    if (rest_.empty() || rest_[0] == '#') return std::nullopt;
    PgToken token{{}, rest_[0] == '"'};
    bool in_quotes = false, after_closing_quote = false;
    for (; !at_end(in_quotes); rest_.remove_prefix(1)) {
      const char c = rest_[0];
      if (c != '"' || after_closing_quote) token.text += c;
      after_closing_quote = in_quotes && c == '"' && !after_closing_quote;
      if (c == '"') in_quotes = !in_quotes;
    }
    return token;
  }

  std::string_view rest_;
};

using Fields = std::vector<std::vector<PgToken>>;

bool is_include(const PgLine& line) {
  const auto& word = line.fields[0][0].text;
  return word == "include" || word == "include_if_exists" || word == "include_dir";
}

/// Nothing of a line that is wrong is quoted: the file may be another than it was taken for.
std::string field_name(std::size_t index) { return "field " + std::to_string(index + 1); }

void check_shape(const Fields& fields) {
  if (fields.size() < 3)
    throw ConfigError(
        "the line has fewer than three fields; write MAPNAME SYSTEM-USERNAME DATABASE-USERNAME");
  for (std::size_t i = 0; i < 3; ++i) {
    const auto& token = fields[i][0];
    if (fields[i].size() > 1)
      throw ConfigError(field_name(i) +
                        " is a list of names, which PostgreSQL refuses; quote the name where it "
                        "holds a comma");
    if (!token.quoted && token.text.size() > 1 && token.text[0] == '@')
      throw ConfigError(field_name(i) + " names a file of names; write a line for each of them");
  }
}

void check_system_user(const PgToken& token) {
  if (token.text.starts_with('/'))
    throw ConfigError(
        "the system user is a regular expression; write a rule with CertMapMatch =~ and "
        "CertMapUser for it");
}

void check_database_user(const PgToken& token) {
  if (!token.quoted && token.text == "all")
    throw ConfigError("the database user stands for every user; write an entry with one account");
  if (!token.quoted && token.text.starts_with('+'))
    throw ConfigError(
        "the database user stands for the members of a role; write an entry with one account");
  if (token.text.starts_with('/'))
    throw ConfigError("the database user is a regular expression; write an entry with one account");
}

void import_line(const PgLine& line, const PgIdentOptions& options, ImportedMap& map) {
  check_shape(line.fields);
  if (line.fields[0][0].text != options.map) return;
  const auto &system_user = line.fields[1][0], &database_user = line.fields[2][0];
  check_system_user(system_user);
  check_database_user(database_user);
  if (line.fields.size() > 3)
    map.note(line.number, "what stands behind the third field is ignored, as PostgreSQL does");
  const auto value = options.whole_name ? to_text(parse_name(system_user.text), NameStyle::Rfc4514)
                                        : system_user.text;
  map.entry({line.number, options.whole_name ? "subject" : "subject.CN", value, system_user.text,
             database_user.text, line.comment.value_or("")});
}

}  // namespace

void for_each_pg_line(std::string_view text, const std::function<void(const PgLine&)>& line) {
  std::string joined;
  std::size_t first = 0;
  const auto finish = [&] {
    auto read = PgLineReader(joined).read();
    read.number = first;
    line(read);
    joined.clear();
    first = 0;
  };
  for_each_line(text, [&](std::size_t number, std::string_view part) {
    if (first == 0) first = number;
    const bool continues = part.ends_with('\\');
    joined += part.substr(0, part.size() - (continues ? 1 : 0));
    if (!continues) finish();
  });
  if (first != 0) finish();
}

std::vector<std::string> pg_ident_maps(std::string_view text) {
  std::vector<std::string> maps;
  for_each_pg_line(text, [&](const PgLine& line) {
    if (line.fields.size() < 3 || is_include(line)) return;
    const auto& map = line.fields[0][0].text;
    if (std::ranges::find(maps, map) == maps.end()) maps.push_back(map);
  });
  return maps;
}

void import_pg_ident(std::string_view text, const PgIdentOptions& options, ImportedMap& map) {
  for_each_pg_line(text, [&](const PgLine& line) {
    if (line.fields.empty()) return line.comment ? map.comment(*line.comment) : map.blank_line();
    map.attempt(line.number, [&] {
      if (is_include(line))
        throw ConfigError(line.fields[0][0].text +
                          " is not followed; import that file as well, by a command of its own");
      import_line(line, options, map);
    });
  });
}

}  // namespace certmap
