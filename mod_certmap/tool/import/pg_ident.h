// The lines of PostgreSQL's pg_ident.conf as fields.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace certmap {

struct PgToken {
  std::string text;
  bool quoted = false;  ///< begins with a quote: no keyword, no "+" or "@"
};

struct PgLine {
  std::size_t number = 0;                    ///< the first one's, where \ at the end joins lines
  std::vector<std::vector<PgToken>> fields;  ///< each is a list; one with a single token is usual
  std::optional<std::string> comment;        ///< what stands behind "#"
};

/// As hba.c reads them: blanks take fields apart, commas the tokens of one; `"…"` anywhere in a
/// token, `""` in it is a quote; "#" outside quotes starts a comment.
void for_each_pg_line(std::string_view text, const std::function<void(const PgLine&)>& line);

}  // namespace certmap
