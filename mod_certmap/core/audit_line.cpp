#include "core/audit_line.h"

#include <unictype.h>
#include <unistr.h>

#include <algorithm>
#include <array>
#include <cstdio>

#include "core/audit_event.h"

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

/// No function: std::find_if() would call it for every byte.
constexpr auto kIsPrintableAscii = [](char byte) { return byte >= 0x20 && byte < 0x7F; };

bool is_invisible(ucs4_t character) {
  return uc_is_general_category_withtable(character, UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Cf |
                                                         UC_CATEGORY_MASK_Zl | UC_CATEGORY_MASK_Zp);
}

void append_escaped(std::string& out, ucs4_t character) {
  std::array<char, 16> text{};
  if (character < 0x10000) {
    std::snprintf(text.data(), text.size(), "\\u%04x", character);
  } else {  // RFC 8259 section 7: a surrogate pair
    const unsigned high = 0xD800 + ((character - 0x10000) >> 10);
    const unsigned low = 0xDC00 + ((character - 0x10000) & 0x3FF);
    std::snprintf(text.data(), text.size(), "\\u%04x\\u%04x", high, low);
  }
  out += text.data();
}

// Such characters stand only inside the strings of JSON.
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

std::string escape_invisible(std::string text) {
  std::string out;
  std::size_t copied = 0;
  auto next = std::find_if_not(text.begin(), text.end(), kIsPrintableAscii);
  while (next != text.end()) {
    const std::size_t position = next - text.begin();
    ucs4_t character = 0;
    const int length =
        u8_mbtouc(&character, reinterpret_cast<const uint8_t*>(&*next), text.size() - position);
    if (is_invisible(character)) {
      out.append(text, copied, position - copied);
      append_escaped(out, character);
      copied = position + length;
    }
    next = std::find_if_not(next + length, text.end(), kIsPrintableAscii);
  }
  if (copied == 0) return text;
  return out.append(text, copied);
}

std::string_view cut_text(std::string_view text, std::size_t length) {
  if (text.size() <= length) return text;
  const std::size_t least = length - std::min<std::size_t>(length, 3);
  while (length > least && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length;
  return text.substr(0, length);
}

std::string audit_line(Json event) {
  std::string line = render(event);
  if (!fits(line)) line = shorten(event);
  line += '\n';
  return line;
}

}  // namespace certmap
