#include "core/audit/json_line.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/text/visible.h"

namespace certmap {
namespace {

constexpr auto kIsPrintableAscii = [](char c) { return c >= 0x20 && c < 0x7F; };
constexpr auto kNeedsBackslash = [](char c) { return c == '"' || c == '\\'; };

void append_printable(std::string& out, std::string_view text) {
  out += '"';
  for (auto at = text.begin(); at != text.end();) {
    const auto next = std::find_if(at, text.end(), kNeedsBackslash);
    out.append(at, next);
    at = next;
    if (at != text.end()) (out += '\\') += *at++;
  }
  out += '"';
}

}  // namespace

// Most texts are printable ASCII; the library writes the others. Invisible characters stand only
// inside of a string.
void append_json(std::string& out, std::string_view text) {
  if (std::all_of(text.begin(), text.end(), kIsPrintableAscii)) return append_printable(out, text);
  using Json = nlohmann::ordered_json;
  out += escape_invisible(
      Json(std::string(text)).dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace certmap
