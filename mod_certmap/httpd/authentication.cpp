#include "httpd/authentication.h"

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "httpd/environment.h"
#include "httpd/exemption.h"
#include "httpd/guarded.h"
#include "httpd/own_password.h"
#include "httpd/pool.h"
#include "httpd/report.h"

namespace certmap {

int status_of(Reason reason) {
  switch (reason) {
    case Reason::NoCertificate:
    case Reason::CertificateNotVerified:
    case Reason::CertificateExpired:
    case Reason::CertificateNotYetValid:
    case Reason::MalformedCertificate:
    case Reason::DeniedByRule:
    case Reason::EntryExpired:
    case Reason::AmbiguousAttribute:
    case Reason::AmbiguousAccount:
    case Reason::CertificateNotInEntry:
    case Reason::UnsafeAccount:
    case Reason::AccountMismatch:
    case Reason::NoRuleMatched:
      return HTTP_FORBIDDEN;
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

namespace {

int refuse(request_rec* r, RequestState& state, const Decision& decision) {
  state.refused = true;
  state.accepted = false;
  clear_identity(r);
  note_reason(r, decision.reason);
  return report_refusal(r, state, decision) ? status_of(decision.reason) : HTTP_SERVICE_UNAVAILABLE;
}

/// Status to answer with where the event must be written and cannot.
int accept(request_rec* r, RequestState& state) {
  if (!report_success(r, state)) {
    state.refused = true;
    clear_identity(r);
    return HTTP_SERVICE_UNAVAILABLE;
  }
  state.accepted = true;
  set_identity(r, state);
  return DECLINED;
}

class ErrorLogTrace : public Trace {
 public:
  explicit ErrorLogTrace(request_rec* r) : r_(r) {}
  void does_not_apply(const Rule& rule, const std::string& why) override {
    ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r_, "CM0010: rule %s does not apply: %s",
                  rule.name.c_str(), why.c_str());
  }

 private:
  request_rec* r_;
};

Answer answer(request_rec* r, const RequestState& state) {
  auto* connection = connection_of(r->connection);
  if (!connection) throw std::logic_error("connection without CertMap's record");
  ErrorLogTrace trace(r);
  return connection->answer(r, state.question, *state.mapper,
                            APLOG_R_IS_LEVEL(r, APLOG_DEBUG) ? &trace : nullptr);
}

int misconfigured(request_rec* r, RequestState& state, const char* why) {
  state.refused = true;
  clear_identity(r);
  ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, "CM0011: %s", why);
  return HTTP_INTERNAL_SERVER_ERROR;
}

/// DECLINED where the request may go on to Require.
int decide(request_rec* r, RequestState& state) {
  clear_identity(r);
  if (state.mode == Mode::Misconfigured) return DECLINED;
  state.answer = answer(r, state);
  const bool mapped = state.answer.decision->reason == Reason::Mapped;
  if (mapped && state.mode != Mode::Required) return accept(r, state);
  if (!mapped) note_reason(r, state.answer.decision->reason);
  return DECLINED;
}

int decide(request_rec* r) {
  auto* state = start_state(r);
  if (!state) return DECLINED;
  state->is_exempt = is_exempt(r, *state);
  return state->is_exempt ? DECLINED : decide(r, *state);
}

/// Where httpd asks nobody, because the ErrorDocument has the directory configuration of what was
/// refused.
int check_error_document(request_rec* r) {
  auto* state = start_state(r);
  if (!state) return DECLINED;
  clear_identity(r);
  state->is_exempt = is_exempt(r, *state);
  const int status = state->is_exempt ? ask_everyone_else(r, *state) : HTTP_FORBIDDEN;
  return status == OK ? DECLINED : status;
}

/// For a request that another one was put in the place of. Where that one needed a password, too,
/// its note, which came along, tells that it was given.
int catch_up(request_rec* r, RequestState& state) {
  if (state.mode == Mode::Misconfigured) return DECLINED;
  const char* reason = apr_table_get(r->notes, "certmap-reason");
  if (state.mode == Mode::Required && !(reason && reason == word(Reason::Mapped))) return DECLINED;
  state.answer = answer(r, state);
  if (state.answer.decision->reason != Reason::Mapped) return DECLINED;
  if (state.mode == Mode::Required) r->ap_auth_type = const_cast<char*>(ap_auth_type(r));
  return accept(r, state);
}

/// mod_authz_core answers 401 where Require fails after authentication; asking a mapped user for
/// other credentials makes no sense. Runs the hooks behind this one to see their answer.
int forbid_instead_of_asking(request_rec* r, RequestState& state) {
  state.in_nested_authz = true;
  const int status = ap_run_auth_checker(r);
  state.in_nested_authz = false;
  if (status != HTTP_UNAUTHORIZED) return status;
  apr_table_unset(r->err_headers_out, "WWW-Authenticate");
  apr_table_unset(r->err_headers_out, "Proxy-Authenticate");
  return HTTP_FORBIDDEN;
}

}  // namespace

// Always DECLINED where access is not refused: OK would grant it under "Satisfy Any".
int check_access(request_rec* r) {
  return guarded(r, [&] {
    if (const auto* before = r->prev ? state_of(r->prev) : nullptr; before && before->refused)
      clear_identity(r);
    return decide(r);
  });
}

/// Under "Satisfy Any" a refusal of another module ends check_access before it comes to ours.
int check_access_ex(request_rec* r) {
  return guarded(r, [&] {
    if (!state_of(r))
      if (const int status = decide(r); status != DECLINED) return status;
    auto* state = state_of(r);
    if (!state || !state->is_exempt || state->in_nested_access) return DECLINED;
    return ask_everyone_else(r, *state);
  });
}

int check_authn(request_rec* r) {
  return guarded(r, [&] {
    auto* state = state_of(r);
    if (!state) return DECLINED;
    if (state->mode == Mode::Misconfigured) return misconfigured(r, *state, state->misconfigured);
    if (state->accepted) return OK;
    // Under "Satisfy Any" httpd goes on where deciding failed, or its event could not be written.
    if (!state->answer.decision) return HTTP_INTERNAL_SERVER_ERROR;
    if (state->refused) return HTTP_SERVICE_UNAVAILABLE;
    if (falls_back(*state)) {
      report_fallback(r, *state->answer.decision);
      return DECLINED;
    }
    if (state->answer.decision->reason != Reason::Mapped)
      return refuse(r, *state, *state->answer.decision);
    if (!is_password_the_clients_own(r))
      return misconfigured(
          r, *state,
          "CertMapControl required needs the password that the client itself sent, and another one "
          "was put in its place: take SSLOptions +FakeBasicAuth, AuthBasicFake or RequestHeader "
          "set "
          "Authorization away, here or where this request was redirected or included from");
    return DECLINED;
  });
}

int check_authz(request_rec* r) {
  return guarded(r, [&] {
    auto* state = state_of(r);
    if (!state || state->in_nested_authz || !r->user) return DECLINED;
    if (state->accepted) return forbid_instead_of_asking(r, *state);
    if (state->mode != Mode::Required) return DECLINED;
    auto decision = *state->answer.decision;
    if (decision.account == r->user) {
      const int status = accept(r, *state);
      return status == DECLINED ? forbid_instead_of_asking(r, *state) : status;
    }
    decision.detail = "the certificate's account is not the one that the password is for";
    decision.reason = Reason::AccountMismatch;
    state->answer.decision = std::make_shared<const Decision>(std::move(decision));
    return refuse(r, *state, *state->answer.decision);
  });
}

/// httpd skips authentication for a redirect or subrequest with the same directory configuration as
/// its origin, and copies user and AUTH_TYPE. That must not let an ErrorDocument that was exempt
/// from authentication reach what is protected.
int fixups(request_rec* r) {
  return guarded(r, [&] {
    const auto* origin = origin_of(r);
    if (!origin || origin->per_dir_config != r->per_dir_config || state_of(r)) return DECLINED;
    auto* state = state_of(origin);
    if (!state) return DECLINED;
    if (state->is_exempt) return HTTP_FORBIDDEN;
    if (state->refused) return check_error_document(r);
    if (!state->accepted) return DECLINED;
    ap_set_module_config(r->request_config, &certmap_module, state);
    set_identity(r, *state);
    return DECLINED;
  });
}

/// mod_dir and mod_negotiation put a subrequest in the place of the client's request, with its
/// directory configuration but without its user. The subrequest was let in; this catches up.
int fixups_last(request_rec* r) {
  return guarded(r, [&] {
    if (r->main || state_of(r)) return DECLINED;
    auto* state = start_state(r);
    return state ? catch_up(r, *state) : DECLINED;
  });
}

}  // namespace certmap
