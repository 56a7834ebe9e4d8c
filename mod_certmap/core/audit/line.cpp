#include "core/audit/line.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/audit/event.h"
#include "core/audit/fields.h"
#include "core/text/cut_text.h"
#include "core/text/json.h"
#include "core/text/visible.h"

namespace certmap {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::size_t, 8> kTextSteps = {3072, 2048, 1024, 512, 256, 128, 32, 8};

// Invisible characters stand only inside the strings of JSON.
std::string render(const Json& json) { return escape_invisible(utf8_line(json)) + '\n'; }

bool fits(const std::string& line) { return line.size() <= kMaxAuditLine; }

/// Shortens the list `name` from its end until `excess` bytes of text are gone, or the list is.
void drop_from_end(Json& fields, const char* name, std::size_t excess) {
  const auto found = fields.find(name);
  if (found == fields.end()) return;
  auto& list = found->get_ref<Json::array_t&>();
  for (std::size_t freed = 0; freed < excess && !list.empty(); list.pop_back())
    freed += utf8_line(list.back()).size() + 1;
  if (list.empty()) fields.erase(name);
}

Json::json_pointer place_of(std::string_view name) {
  std::string path = "/" + std::string(name);
  std::ranges::replace(path, '.', '/');
  return Json::json_pointer(path);
}

void cut_long_texts(Json& event, std::size_t length) {
  for (const auto& field : event_fields()) {
    const auto place = place_of(field.name.dotted());
    if (!field.is_long || !event.contains(place)) continue;
    auto& text = event[place].get_ref<std::string&>();
    text.resize(cut_text(text, length).size());
  }
}

}  // namespace

std::string shortened(const std::string& line) {
  Json event = parse_json(line);
  Json& fields = event["certmap"];
  fields["truncated"] = true;
  auto shorter = render(event);
  if (fits(shorter)) return shorter;
  drop_from_end(fields, "rules_tried", shorter.size() - kMaxAuditLine);
  shorter = render(event);
  for (auto length = kTextSteps.begin(); !fits(shorter) && length != kTextSteps.end(); ++length) {
    cut_long_texts(event, *length);
    shorter = render(event);
  }
  return shorter;
}

}  // namespace certmap
