#include "core/audit/event.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/audit/certificate_text.h"
#include "core/audit/fields.h"
#include "core/audit/json_line.h"
#include "core/audit/line.h"
#include "core/text/cut_text.h"

namespace certmap {
namespace {

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
  return text.size() <= kMaxAuditLine ? text : shortened(text);
}

}  // namespace

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
