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

std::string json_string(std::string_view text) { return written(text, kOneLine, false); }

std::string utf8_line(const Json& json) { return written(json, kOneLine, false); }

std::string ascii_line(const Json& json) { return written(json, kOneLine, true); }

std::string ascii_json(const Json& json) { return written(json, kIndented, true) + '\n'; }

std::string visible_json(const Json& json) {
  std::istringstream lines(written(json, kIndented, false));
  std::string out;
  for (std::string line; std::getline(lines, line);) out += escape_invisible(line) + '\n';
  return out;
}

JsonObject::JsonObject() : fields_(std::make_shared<Json>(Json::object())) {}

void JsonObject::text(const std::string& name, std::string_view value) { (*fields_)[name] = value; }
void JsonObject::number(const std::string& name, std::int64_t value) { (*fields_)[name] = value; }
void JsonObject::boolean(const std::string& name, bool value) { (*fields_)[name] = value; }
void JsonObject::texts(const std::string& name, const std::vector<std::string>& values) {
  (*fields_)[name] = values;
}
void JsonObject::object(const std::string& name, const JsonObject& value) {
  (*fields_)[name] = *value.fields_;
}

void JsonObject::objects(const std::string& name, const std::vector<JsonObject>& values) {
  auto& list = (*fields_)[name] = Json::array();
  for (const auto& value : values) list.push_back(*value.fields_);
}

std::string JsonObject::visible() const { return visible_json(*fields_); }

}  // namespace certmap
