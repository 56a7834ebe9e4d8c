#include "core/text/json.h"

#include <string>
#include <utility>

#include "core/text/calendar.h"
#include "httpd/whoami/json_fields.h"
#include "httpd/whoami/render.h"
#include "httpd/whoami/text.h"

namespace certmap {
namespace {

using Json = nlohmann::ordered_json;

JsonFields certificate_of(const Visit& visit) {
  JsonFields fields(10);
  for (const auto& fact : facts_of(*visit.certificate))
    fields.value(fact.name.c_str(), fact.is_list ? Json(fact.values) : Json(fact.values.front()));
  fields.value("days_left", days_left(visit));
  if (days_left(visit)) fields.value("expires_soon", expires_soon(visit));
  fields.value("verified", visit.reason != Reason::CertificateNotVerified);
  fields.value("malformed", visit.certificate->malformed);
  return fields;
}

void add_account(JsonFields& fields, const Visit& visit) {
  fields.text("account", visit.account);
  if (!is_mapped(visit)) return;
  fields.text("rule", visit.decision->rule);
  fields.text("strength", word(visit.decision->strength));
  fields.value("groups", Json(visit.decision->groups));
}

}  // namespace

std::string json_of(const Visit& visit) {
  const auto words = words_for(visit);
  JsonFields fields(19);
  fields.text("outcome", word(visit.standing));
  if (visit.rules || visit.reason != Reason::NoRuleMatched)
    fields.text("reason", word(visit.reason));
  fields.value("status", visit.status);
  add_account(fields, visit);
  fields.text("explanation", words.explanation).value("advice", Json(words.steps));
  fields.text("time", utc_text(visit.time)).text("host", visit.host);
  fields.text("path", visit.path).text("contact", visit.contact);
  if (visit.event) fields.value("event", visit.event->sequence);
  fields.text("request_id", visit.request_id);
  JsonFields tls(2);
  tls.text("version", visit.tls).value("certificate_requested", !visit.tls.empty() && visit.asked);
  fields.fields("tls", std::move(tls));
  if (visit.certificate) fields.fields("certificate", certificate_of(visit));
  return visible_json(fields.take());
}

}  // namespace certmap
