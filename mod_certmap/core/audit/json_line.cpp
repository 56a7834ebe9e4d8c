#include "core/audit/json_line.h"

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>

#include "core/certificate/account.h"
#include "core/text/json.h"
#include "core/text/visible.h"

namespace certmap {
namespace {

/// Whole pieces are copied; few texts have anything to escape.
void append_plain(std::string& out, std::string_view text) {
  out += '"';
  for (std::size_t next; (next = std::min(text.find('"'), text.find('\\'))) != text.npos;) {
    ((out += text.substr(0, next)) += '\\') += text[next];
    text.remove_prefix(next + 1);
  }
  (out += text) += '"';
}

}  // namespace

// Most texts are printable ASCII; the library writes the others. Invisible characters stand only
// inside of a string.
void append_json(std::string& out, std::string_view text) {
  if (is_plain_ascii(text)) return append_plain(out, text);
  out += escape_invisible(utf8_line(std::string(text)));
}

}  // namespace certmap
