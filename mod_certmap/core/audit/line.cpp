#include "core/audit/line.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/audit/event.h"
#include "core/text/cut_text.h"
#include "core/text/visible.h"

namespace certmap {
namespace {

using Json = nlohmann::ordered_json;

/// What an outsider can make long. Everything else is bounded by its nature.
constexpr std::array kLongTexts = {
    "/tls/client/x509/subject/distinguished_name",
    "/tls/client/x509/issuer/distinguished_name",
    "/tls/client/x509/serial_number",
    "/certmap/key",
    "/url/domain",
    "/url/path",
    "/http/request/method",
    "/http/request/id",
    "/service/name",
    "/host/name",
    "/rule/name",
    "/file/path",
    "/error/message",
};
constexpr std::array<std::size_t, 8> kTextSteps = {3072, 2048, 1024, 512, 256, 128, 32, 8};

// Invisible characters stand only inside the strings of JSON.
std::string render(const Json& json) {
  return escape_invisible(json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

bool fits(const std::string& line) { return line.size() + 1 <= kMaxAuditLine; }

/// Shortens the list `name` from its end until `excess` bytes of text are gone, or the list is.
void drop_from_end(Json& fields, const char* name, std::size_t excess) {
  const auto found = fields.find(name);
  if (found == fields.end()) return;
  auto& list = found->get_ref<Json::array_t&>();
  for (std::size_t freed = 0; freed < excess && !list.empty(); list.pop_back()) {
    freed += render(list.back()).size() + 1;
  }
  if (list.empty()) fields.erase(name);
}

void cut_long_texts(Json& event, std::size_t length) {
  for (const char* path : kLongTexts) {
    const Json::json_pointer pointer(path);
    if (!event.contains(pointer)) continue;
    auto& text = event[pointer].get_ref<std::string&>();
    text.resize(cut_text(text, length).size());
  }
}

std::string shorten(Json& event) {
  Json& fields = event["certmap"];
  fields["truncated"] = true;
  std::string line = render(event);
  for (const char* list : {"san", "rules_tried"}) {
    if (fits(line)) return line;
    drop_from_end(fields, list, line.size() + 1 - kMaxAuditLine);
    line = render(event);
  }
  for (auto length = kTextSteps.begin(); !fits(line) && length != kTextSteps.end(); ++length) {
    cut_long_texts(event, *length);
    line = render(event);
  }
  return line;
}

}  // namespace

std::string audit_line(Json event) {
  std::string line = render(event);
  if (!fits(line)) line = shorten(event);
  line += '\n';
  return line;
}

}  // namespace certmap
