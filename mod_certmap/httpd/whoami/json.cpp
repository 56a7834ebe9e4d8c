#include "core/text/json.h"

#include <string>
#include <string_view>

#include "core/text/calendar.h"
#include "httpd/whoami/render.h"
#include "httpd/whoami/text.h"

namespace certmap {
namespace {

void add(JsonObject& json, const char* name, std::string_view text) {
  if (!text.empty()) json.text(name, text);
}

JsonObject certificate_of(const Visit& visit) {
  JsonObject json;
  for (const auto& fact : facts_of(*visit.certificate))
    if (fact.is_list)
      json.texts(fact.name, fact.values);
    else
      json.text(fact.name, fact.values.front());
  if (const auto days = days_left(visit)) {
    json.number("days_left", *days);
    json.boolean("expires_soon", expires_soon(visit));
  }
  json.boolean("verified", visit.reason != Reason::CertificateNotVerified);
  if (const auto& malformed = visit.certificate->malformed) json.text("malformed", *malformed);
  return json;
}

void add_account(JsonObject& json, const Visit& visit) {
  add(json, "account", visit.account);
  if (!is_mapped(visit)) return;
  add(json, "rule", visit.decision->rule);
  add(json, "strength", word(visit.decision->strength));
  json.texts("groups", visit.decision->groups);
}

JsonObject tls_of(const Visit& visit) {
  JsonObject json;
  add(json, "version", visit.tls);
  json.boolean("certificate_requested", !visit.tls.empty() && visit.asked);
  return json;
}

}  // namespace

std::string json_of(const Visit& visit) {
  const auto words = words_for(visit);
  JsonObject json;
  add(json, "outcome", word(visit.standing));
  if (visit.rules || visit.reason != Reason::NoRuleMatched) add(json, "reason", word(visit.reason));
  json.number("status", visit.status);
  add_account(json, visit);
  add(json, "explanation", words.explanation);
  json.texts("advice", words.steps);
  add(json, "time", utc_text(visit.time));
  add(json, "host", visit.host);
  add(json, "path", visit.path);
  add(json, "contact", visit.contact);
  if (visit.event) json.number("event", visit.event->sequence);
  add(json, "request_id", visit.request_id);
  json.object("tls", tls_of(visit));
  if (visit.certificate) json.object("certificate", certificate_of(visit));
  return json.visible();
}

}  // namespace certmap
