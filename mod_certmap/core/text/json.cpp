#include "core/text/json.h"

#include <nlohmann/json.hpp>
#include <sstream>

#include "core/text/visible.h"

namespace certmap {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kOneLine = -1, kIndented = 2;

std::string written(const Json& json, int indent, bool in_ascii) {
  return json.dump(indent, ' ', in_ascii, Json::error_handler_t::replace);
}

}  // namespace

Json parse_json(std::string_view text) { return Json::parse(text, nullptr, false); }

std::string utf8_line(const Json& json) { return written(json, kOneLine, false); }

std::string ascii_line(const Json& json) { return written(json, kOneLine, true); }

std::string ascii_json(const Json& json) { return written(json, kIndented, true) + '\n'; }

std::string visible_json(const Json& json) {
  std::istringstream lines(written(json, kIndented, false));
  std::string out;
  for (std::string line; std::getline(lines, line);) out += escape_invisible(line) + '\n';
  return out;
}

}  // namespace certmap
