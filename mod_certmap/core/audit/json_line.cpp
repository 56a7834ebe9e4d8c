#include "core/audit/json_line.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/text/visible.h"

namespace certmap {
namespace {

constexpr auto kNeedsNoEscape = [](char c) {
  return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
};

}  // namespace

// Most texts need no escaping; the library does it for the others. Invisible characters stand only
// inside of a string.
void append_json(std::string& out, std::string_view text) {
  if (std::all_of(text.begin(), text.end(), kNeedsNoEscape)) {
    ((out += '"') += text) += '"';
    return;
  }
  using Json = nlohmann::ordered_json;
  out += escape_invisible(
      Json(std::string(text)).dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace certmap
