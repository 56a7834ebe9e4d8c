#include "httpd/request/report.h"

#include <unistd.h>

#include <memory>

#include "httpd/base/messages.h"
#include "httpd/base/pool.h"
#include "httpd/base/tls_variable.h"

namespace certmap {
namespace {

/// What mod_remoteip made of the client; empty where it is the peer itself.
std::string_view client_behind_peer(const request_rec* r) {
  const auto client = or_empty(r->useragent_ip);
  return client == or_empty(r->connection->client_ip) ? "" : client;
}

/// An internal redirect belongs to the request of the client that it came from.
bool is_reported(const request_rec* r) {
  for (; r; r = r->prev)
    if (const auto* record = record_of(r); record && record->reported) return true;
  return false;
}

/// mod_dav asks for the destination of COPY and MOVE by a subrequest of that method; all others are
/// of GET.
bool is_destination(const request_rec* r) {
  return r->main && r->method_number != M_GET && !is_reported(r->main);
}

/// What the client asked for, and has no event yet.
bool is_client_request(const request_rec* r) {
  return (!r->main || is_destination(r)) && !is_reported(r) && !error_document_of(r);
}

bool write(request_rec* r, RequestState& state, const std::string& forbidden = {}) {
  state.reported = true;
  const auto& config = server_config(r->server);
  if (!config.audit) return true;
  const auto* certificate = state.answer.certificate.get();
  EventId id{0, std::string(request_id(r))};
  const bool written = config.audit->write([&](std::uint64_t sequence) {
    id.sequence = sequence;
    auto event = describe(r, certificate);
    event.from = state.answer.from;
    event.forbidden = forbidden;
    return authentication_event(event_source(*config.configuration, sequence), event,
                                *state.answer.decision, certificate,
                                certificate ? &certificate->text() : nullptr);
  });
  if (written)
    state.event = std::make_shared<const EventId>(std::move(id));
  else
    config.audit->report_failure(r);
  return written;
}

bool was_success_written(request_rec* r, RequestState& state) {
  if (!state.event_is_earlier)
    state.event_is_earlier =
        connection_of(r->connection)
            ->is_reported(r, state.question, state.answer.decision->account, state.event);
  return state.event_is_earlier;
}

/// For a request that is none of the client's.
bool postpone(request_rec* r, int status, const RequestState& state, std::string forbidden) {
  if (r->main && is_client_request(r->main))
    make_record(r->main).refused_index = make_in_pool<RefusedIndex>(
        r->main->pool, RefusedIndex{status, state, std::move(forbidden)});
  return true;
}

/// That refusal has its line already.
bool is_document_of_refusal(const request_rec* r) {
  const auto* document = error_document_of(r);
  if (!document) return false;
  const auto* record = record_of(document->prev);
  const auto* state = state_of(document->prev);
  return (record && record->answered) || (state && state->refused);
}

/// Asks Require as httpd would without a user.
bool asks_for_nothing(request_rec* r, RequestState& state) {
  auto* user = std::exchange(r->user, nullptr);
  const int status = ask_silently(
      r, [&](request_rec* each) { return run_others(each, state, ap_run_access_checker_ex); });
  r->user = user;
  return status == OK;
}

/// The Host without its port. ECS wants the brackets of an IPv6 address, which httpd takes off.
std::string_view domain_of(const request_rec* r) {
  const auto host = or_empty(r->hostname);
  return host.find(':') == host.npos ? host : apr_pstrcat(r->pool, "[", r->hostname, "]", nullptr);
}

bool is_denied_on_failure(const request_rec* r) {
  return server_config(r->server).lines.audit_failure == AuditFailure::Deny;
}

/// Two variables of mod_ssl cost a thousand instructions.
void describe_tls(request_rec* r, const ClientCertificate* certificate, EventRequest& event) {
  const bool is_known = certificate && !certificate->protocol.empty();
  event.tls_version = is_known ? tls_version(certificate->protocol) : tls_version(r);
  if (event.tls_version.empty()) return;
  event.tls_resumed =
      is_known ? certificate->resumed : tls_variable(r, "SSL_SESSION_RESUMED") == "Resumed";
}

}  // namespace

std::string_view request_id(const request_rec* r) {
  return or_empty(apr_table_get(r->subprocess_env, "UNIQUE_ID"));
}

EventRequest describe(request_rec* r, const ClientCertificate* certificate) {
  EventRequest event;
  event.source_ip = or_empty(r->connection->client_ip);
  event.source_port = r->connection->client_addr ? r->connection->client_addr->port : 0;
  event.client_ip = client_behind_peer(r);
  describe_tls(r, certificate, event);
  event.url_domain = domain_of(r);
  // Of a forward proxy's request r->uri is the whole URL.
  event.url_path = or_empty(r->proxyreq == PROXYREQ_PROXY ? r->parsed_uri.path : r->uri);
  event.method = or_empty(r->method);
  event.request_id = request_id(r);
  event.service_name = or_empty(r->server->server_hostname);
  return event;
}

EventSource event_source(const Configuration& configuration, std::uint64_t sequence) {
  return {.time_us = apr_time_now(),
          .sequence = sequence,
          .host_name = configuration.in_force.host_name,
          .pid = getpid()};
}

bool is_open_to_everyone(request_rec* r, RequestState& state) {
  return is_client_request(r) && !was_success_written(r, state) && asks_for_nothing(r, state);
}

bool report_success(request_rec* r, RequestState& state) {
  if (state.event_is_earlier) return state.reported = true;
  if (state.is_open || !is_client_request(r)) return true;
  if (was_success_written(r, state)) return state.reported = true;
  return connection_of(r->connection)
             ->report_once(r, state.question, state.answer.decision->account, state.event,
                           [&] { return write(r, state); }) ||
         !is_denied_on_failure(r);
}

std::string refused_by(std::string_view refuser, const Decision& decision) {
  return std::string(refuser).append(" refused the account ").append(decision.account);
}

bool report_forbidden(request_rec* r, RequestState& state, std::string_view refuser) {
  auto forbidden = refused_by(refuser, *state.answer.decision);
  if (!is_client_request(r)) return postpone(r, HTTP_FORBIDDEN, state, std::move(forbidden));
  return write(r, state, forbidden) || !is_denied_on_failure(r);
}

bool report_refusal(request_rec* r, RequestState& state) {
  if (is_document_of_refusal(r)) return true;
  const auto& decision = *state.answer.decision;
  std::string text = "refused: " + std::string(word(decision.reason));
  if (!decision.rule.empty()) text += ", rule " + decision.rule;
  if (!decision.detail.empty()) text += ": " + decision.detail;
  report(r, message::kRefused, text);
  if (!is_client_request(r)) return postpone(r, state.refused, state, {});
  return write(r, state) || !is_denied_on_failure(r);
}

void report_refused_index(request_rec* r, RefusedIndex& index) {
  make_record(r).reported = true;
  write(r, index.state, index.forbidden);
}

void report_fallback(request_rec* r, const Decision& decision) {
  if (decision.reason == Reason::NoRuleMatched)
    report(r, message::kFallback,
           "left to AuthType " + std::string(ap_auth_type(r)) + ": " +
               std::string(word(decision.reason)) + ": " + decision.detail);
}

void write_server_event(const Configuration& configuration, const ServerEvent& event,
                        server_rec* s) {
  configuration.in_force.audit_logs.write_all(s, [&](std::uint64_t sequence) {
    return server_event(event_source(configuration, sequence), event);
  });
}

}  // namespace certmap
