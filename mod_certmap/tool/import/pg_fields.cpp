#include "tool/import/pg_fields.h"

#include <optional>

#include "tool/import/text.h"

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
    line.has_comment = rest_.starts_with('#');
    if (line.has_comment) line.comment = rest_.substr(1);
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

}  // namespace certmap
