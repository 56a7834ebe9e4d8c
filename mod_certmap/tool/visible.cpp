#include "tool/visible.h"

#include <unistr.h>

#include <sstream>

#include "core/audit_line.h"

namespace certmap {
namespace {

constexpr ucs4_t kReplacement = 0xFFFD;

std::string valid_utf8(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    ucs4_t character = 0;
    const int length =
        u8_mbtouc(&character, reinterpret_cast<const uint8_t*>(text.data()), text.size());
    out += character == kReplacement ? "\uFFFD" : text.substr(0, length);
    text.remove_prefix(length);
  }
  return out;
}

}  // namespace

std::string visible(std::string_view text) { return escape_invisible(valid_utf8(text)); }

std::string visible_json(const nlohmann::ordered_json& json) {
  std::istringstream lines(
      json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  std::string out;
  for (std::string line; std::getline(lines, line);) out += escape_invisible(line) + '\n';
  return out;
}

}  // namespace certmap
