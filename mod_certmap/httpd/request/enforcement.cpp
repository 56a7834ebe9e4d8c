#include "httpd/request/enforcement.h"

#include <mod_core.h>

#include <cstring>
#include <utility>

#include "httpd/base/messages.h"
#include "httpd/request/environment.h"
#include "httpd/request/report.h"

namespace certmap {
namespace {

/// Nothing of an account stays on the request.
int answer_with(request_rec* r, RequestState& state, int status) {
  state.refused = status;
  state.accepted = false;
  state.let_in = false;
  clear_identity(r);
  return status;
}

/// So that the next connection can show a better certificate. HTTP/2 has no way to ask for one.
void end_connection(request_rec* r) {
  if (r->main || r->connection->master || error_document_of(r)) return;
  r->connection->keepalive = AP_CONN_CLOSE;
  if (auto* connection = connection_of(r->connection)) connection->forget_session();
}

/// Where the ErrorDocument of that status is a whole URL, httpd answers with a redirect to it.
bool is_answered_with(request_rec* r, int status) {
  if (r->status == status) return true;
  if (r->status != HTTP_MOVED_TEMPORARILY) return false;
  const char* document = ap_response_code_string(r, ap_index_of_response(status));
  const char* location = apr_table_get(r->headers_out, "Location");
  return document && location && std::strcmp(document, location) == 0;
}

}  // namespace

int status_of(Reason reason) {
  switch (reason) {
    case Reason::NoCertificate:
    case Reason::CertificateNotVerified:
    case Reason::CertificateExpired:
    case Reason::CertificateNotYetValid:
    case Reason::MalformedCertificate:
    case Reason::CertificateRevoked:
    case Reason::DeniedByRule:
    case Reason::EntryExpired:
    case Reason::AmbiguousAttribute:
    case Reason::AmbiguousAccount:
    case Reason::CertificateNotInEntry:
    case Reason::UnsafeAccount:
    case Reason::AccountMismatch:
    case Reason::NoRuleMatched:
      return HTTP_FORBIDDEN;
    case Reason::RevocationUnknown:
    case Reason::BackendUnavailable:
      return HTTP_SERVICE_UNAVAILABLE;
    case Reason::Mapped:
      return OK;
  }
  return HTTP_INTERNAL_SERVER_ERROR;
}

bool falls_back(const RequestState& state) {
  const auto reason = state.answer.decision->reason;
  return state.mode == Mode::Sufficient &&
         (reason == Reason::NoCertificate || reason == Reason::NoRuleMatched);
}

void take_back_challenge(request_rec* r) {
  apr_table_unset(r->err_headers_out, "WWW-Authenticate");
  apr_table_unset(r->err_headers_out, "Proxy-Authenticate");
}

int refuse(request_rec* r, RequestState& state) {
  const auto reason = state.answer.decision->reason;
  if (ends_connection(reason)) end_connection(r);
  answer_with(r, state, status_of(reason));
  note_reason(r, reason);
  return report_refusal(r, state) ? state.refused : answer_with(r, state, HTTP_SERVICE_UNAVAILABLE);
}

void end_refused_index(request_rec* r) {
  auto* record = record_of(r);
  if (r->main || !record || !record->refused_index) return;
  auto& index = *std::exchange(record->refused_index, nullptr);
  if (!is_answered_with(r, index.status) || record->reported) return;
  const auto reason = index.state.answer.decision->reason;
  if (ends_connection(reason)) end_connection(r);
  note_reason(r, reason);
  report_refused_index(r, index);
  record->answered = &index;
}

void accept(request_rec* r, RequestState& state) {
  state.is_open = is_open_to_everyone(r, state);
  state.accepted = true;
  set_identity(r, state);
}

int let_in(request_rec* r, RequestState& state) {
  return report_success(r, state) ? OK : answer_with(r, state, HTTP_SERVICE_UNAVAILABLE);
}

int forbid(request_rec* r, RequestState& state, int status, const char* refuser) {
  if (status == HTTP_UNAUTHORIZED) take_back_challenge(r);
  state.forbidden = true;
  return report_forbidden(r, state, refuser) ? HTTP_FORBIDDEN
                                             : answer_with(r, state, HTTP_SERVICE_UNAVAILABLE);
}

int misconfigured(request_rec* r, RequestState& state, const char* why) {
  report(r, message::kMisconfigured, why);
  return answer_with(r, state, HTTP_INTERNAL_SERVER_ERROR);
}

}  // namespace certmap
