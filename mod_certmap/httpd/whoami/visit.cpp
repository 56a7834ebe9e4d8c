#include "httpd/whoami/visit.h"

#include <cstddef>
#include <stdexcept>

#include "core/text/calendar.h"
#include "core/text/visible.h"
#include "core/text/words.h"
#include "httpd/base/apache.h"
#include "httpd/base/messages.h"
#include "httpd/base/tls_variable.h"
#include "httpd/request/report.h"
#include "httpd/request/request_state.h"

namespace certmap {

namespace {

constexpr std::int64_t kSoon = 30 * kSecondsPerDay;
constexpr std::size_t kMaxPath = 200;

/// The request that the page is about: of an ErrorDocument, the client's.
request_rec* subject_of(request_rec* r) {
  while (is_error_document(r)) r = r->prev;
  return r;
}

bool is_denial(int status) {
  return status == HTTP_UNAUTHORIZED || status == HTTP_FORBIDDEN ||
         status == HTTP_PROXY_AUTHENTICATION_REQUIRED;
}

Answer without_rules(request_rec* r) {
  auto* connection = connection_of(r->connection);
  if (!connection) throw std::logic_error("connection without CertMap's record");
  return connection->answer_without_rules(r);
}

Answer answer_for(request_rec* r, const RequestState* state) {
  if (!state || state->mode == Mode::Misconfigured) return without_rules(r);
  if (state->answer.decision) return state->answer;
  return connection_of(r->connection)->answer(r, state->question, *state->mapper, {});
}

Standing standing_without_rules(const request_rec* subject, const Visit& visit) {
  if (visit.is_error)
    return is_denial(visit.status) ? Standing::RefusedElsewhere : Standing::NoRules;
  return subject->user ? Standing::SignedInOtherwise : Standing::NoRules;
}

Standing standing_of(const request_rec* subject, const RequestState* state, const Visit& visit) {
  if (!state) return standing_without_rules(subject, visit);
  const bool broken = state->refused && visit.status == HTTP_INTERNAL_SERVER_ERROR;
  if (state->mode == Mode::Misconfigured || broken) return Standing::Misconfigured;
  const bool mapped = visit.reason == Reason::Mapped;
  if (state->refused) return mapped ? Standing::NotRecorded : Standing::Refused;
  if (state->accepted)
    return visit.is_error && is_denial(visit.status) ? Standing::NotAllowed : Standing::SignedIn;
  // A refused request has the user that the client claims to be.
  if (subject->user && !visit.is_error) return Standing::SignedInOtherwise;
  if (mapped) return Standing::PasswordNeeded;
  const bool left = visit.reason == Reason::NoCertificate || visit.reason == Reason::NoRuleMatched;
  return left && state->mode == Mode::Sufficient ? Standing::OtherWay : Standing::Refused;
}

std::string shortened(std::string_view text) {
  const auto cut = cut_text(text, kMaxPath);
  return std::string(cut) + (cut.size() < text.size() ? "…" : "");
}

/// Nobody outside of the machine can write to Debian's "webmaster@localhost".
std::string_view contact_of(const server_rec* s) {
  const auto admin = or_empty(s->server_admin);
  return admin == DEFAULT_ADMIN || admin.ends_with("@localhost") ? std::string_view() : admin;
}

void describe_request(Visit& visit, request_rec* subject) {
  visit.tls = tls_version(subject);
  auto& connection = *connection_of(subject->connection);
  visit.silent = !visit.certificate && connection.is_silent(subject);
  visit.asked = connection.asked().value_or(true);
  visit.time = apr_time_sec(subject->request_time);
  visit.host = or_empty(subject->hostname ? subject->hostname : subject->server->server_hostname);
  visit.path = shortened(subject->uri);
  visit.contact = contact_of(subject->server);
  visit.request_id = visit.event ? visit.event->request : request_id(subject);
}

/// Where nobody is refused, nobody would be told.
void log_misconfiguration(request_rec* r, const RequestState* state) {
  if (state && state->misconfigured && !state->refused)
    report(r, message::kMisconfigured, state->misconfigured);
}

/// A request that is not the client's own may have been let in without authentication.
RequestState* state_for(request_rec* subject, bool is_error) {
  auto* state = state_of(subject);
  return state || is_error ? state : start_state(subject);
}

}  // namespace

std::string_view word(Standing standing) {
  return word_of<Standing::NoRules>(
      standing, {"signed_in", "signed_in_otherwise", "not_allowed", "password_needed", "other_way",
                 "refused", "not_recorded", "misconfigured", "refused_elsewhere", "no_rules"});
}

Visit visit_of(request_rec* r) {
  auto* subject = subject_of(r);
  Visit visit{.is_error = subject != r, .status = r->status};
  const auto* state = state_for(subject, visit.is_error);
  const auto answer = answer_for(subject, state);
  visit.certificate = answer.certificate;
  visit.decision = answer.decision;
  visit.reason = answer.decision->reason;
  visit.rules = state && state->mode != Mode::Misconfigured;
  visit.password = state && state->mode == Mode::Required;
  if (state) visit.event = state->event;
  visit.standing = standing_of(subject, state, visit);
  if (is_mapped(visit))
    visit.account = answer.decision->account;
  else if (visit.standing == Standing::SignedInOtherwise)
    visit.account = subject->user;
  describe_request(visit, subject);
  log_misconfiguration(subject, state);
  return visit;
}

bool is_mapped(const Visit& visit) {
  return visit.standing == Standing::SignedIn || visit.standing == Standing::NotAllowed ||
         visit.standing == Standing::PasswordNeeded;
}

std::optional<std::int64_t> days_left(const Visit& visit) {
  if (!visit.certificate || (visit.certificate->malformed && visit.certificate->not_after == 0))
    return std::nullopt;
  return days_between(visit.time, visit.certificate->not_after);
}

bool expires_soon(const Visit& visit) {
  if (!days_left(visit)) return false;
  const auto& certificate = *visit.certificate;
  const auto seconds = certificate.not_after - visit.time;
  return seconds >= 0 && seconds <= kSoon &&
         seconds < (certificate.not_after - certificate.not_before) / 3;
}

}  // namespace certmap
