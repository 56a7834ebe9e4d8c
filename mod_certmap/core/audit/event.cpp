#include "core/audit/event.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/audit/fields.h"
#include "core/audit/json_line.h"
#include "core/certificate/name.h"
#include "core/text/calendar.h"
#include "core/text/encodings.h"
#include "core/text/json.h"
#include "core/text/visible.h"

namespace certmap {
namespace {

std::string json(std::string_view text) {
  std::string value;
  if (!text.empty()) append_json(value, text);
  return value;
}

std::string name_json(const Name& name) {
  return json(cut_text(to_text(name, NameStyle::Rfc4514), kMaxAuditLine));
}

std::string hex_json(std::string_view octets) {
  return json(hex(octets.substr(0, kMaxAuditLine / 2), kUpperHexDigits));
}

/// A date that could not be read is 0.
std::string date_json(const Certificate& certificate, std::int64_t date) {
  return date != 0 || !certificate.malformed ? json(utc_text(date)) : std::string();
}

std::string few_alt_names(const std::vector<SubjectAltName>& names) {
  constexpr std::size_t kFew = 8;
  if (names.size() > kFew) return {};
  bool truncated = false;
  auto list = alt_names_json(names, kMaxAuditLine, truncated);
  return truncated ? std::string() : list;
}

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

/// `line`, which is longer than kMaxAuditLine, cut to that: `certmap.truncated` is set, and
/// `certmap.rules_tried` is dropped from its end, then every text that may be long is cut.
/// `certmap.san` must be dropped already.
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

/// A filter with a whole certificate in it would leave no room for anything else.
constexpr std::size_t kMaxKey = 1024;

std::string line_of(EventFacts event) {
  std::optional<CertificateText> own;
  if (event.certificate && !event.certificate_text)
    event.certificate_text = &own.emplace(*event.certificate);
  event.key = cut_text(event.decision.key, kMaxKey);
  event.truncated = event.key.size() < event.decision.key.size();
  event.rules_tried = names_json(event.decision.rules_tried, event.truncated);
  JsonLine line(kMaxAuditLine);
  for (const auto& field : event_fields()) {
    line.name(field.name, field.shared);
    field.write(line, event);
  }
  auto text = line.take();
  return fits(text) ? text : shortened(text);
}

}  // namespace

CertificateText::CertificateText(const Certificate& certificate)
    : sha256(hex_json(certificate.sha256.octets())),
      subject(name_json(certificate.subject)),
      issuer(name_json(certificate.issuer)),
      serial(hex_json(certificate.serial)),
      not_before(date_json(certificate, certificate.not_before)),
      not_after(date_json(certificate, certificate.not_after)),
      alt_names(few_alt_names(certificate.alt_names)) {}

bool may_be_cut(std::size_t length) {
  constexpr std::size_t kLongestCharacter = 4;
  return std::ranges::any_of(kTextSteps, [&](std::size_t step) {
    return length <= step && length + kLongestCharacter > step;
  });
}

std::string authentication_event(const EventSource& source, const EventRequest& request,
                                 const Decision& decision, const Certificate* certificate,
                                 const CertificateText* certificate_text) {
  const bool success = decision.reason == Reason::Mapped && request.forbidden.empty();
  const auto why =
      request.forbidden.empty() ? std::string_view(decision.detail) : request.forbidden;
  return line_of({.source = source,
                  .category = "authentication",
                  .type = "start",
                  .action = "authenticate",
                  .success = success,
                  .reason = word(decision.reason),
                  .request = request,
                  .decision = decision,
                  .certificate = certificate,
                  .certificate_text = certificate_text,
                  .message = success ? std::string_view() : why});
}

std::string trial_event(const EventSource& source, const EventRequest& request,
                        const RequestOutcome& in_force, const Decision& tried,
                        const Certificate& certificate) {
  const Decision none;
  const auto* decision = in_force.decision.get();
  return line_of({.source = source,
                  .category = "authentication",
                  .type = "info",
                  .action = "trial",
                  .reason = decision ? word(decision->reason) : std::string_view(),
                  .request = request,
                  .decision = decision ? *decision : none,
                  .certificate = &certificate,
                  .message = tried.detail,
                  .in_force = &in_force,
                  .tried = &tried});
}

std::string server_event(const EventSource& source, const ServerEvent& event) {
  const EventRequest none;
  Decision decision;
  decision.backend = event.backend;
  decision.map_generation = event.map_generation;
  return line_of(
      {.source = source,
       .category = "configuration",
       .type = event.action == "map_reload" || event.action == "crl_reload" ? "change" : "info",
       .action = event.action,
       .success = event.success,
       .request = none,
       .decision = decision,
       .path = event.path,
       .server = event.server,
       .message = event.message});
}

}  // namespace certmap
