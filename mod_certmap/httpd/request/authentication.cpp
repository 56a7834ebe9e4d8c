#include <memory>
#include <utility>

#include "httpd/base/guarded.h"
#include "httpd/request/decide.h"
#include "httpd/request/enforcement.h"
#include "httpd/request/environment.h"
#include "httpd/request/hooks.h"
#include "httpd/request/others.h"
#include "httpd/request/report.h"

namespace certmap {
namespace {

bool is_denial(int status) { return status == HTTP_UNAUTHORIZED || status == HTTP_FORBIDDEN; }

/// Not 404, 405 and the like, which have nothing to do with who asks.
bool is_refusal(int status) {
  return is_denial(status) || status == HTTP_SERVICE_UNAVAILABLE ||
         status == HTTP_INTERNAL_SERVER_ERROR;
}

/// The ErrorDocument of a refusal is served even where CertMap itself protects it.
RequestState* make_state(request_rec* r) {
  auto* state = start_state(r);
  if (state)
    state->is_exempt = state->mode == Mode::Alone && r->prev && is_refusal(r->prev->status) &&
                       was_kept_out(r->prev) && is_literal_error_document(r);
  return state;
}

/// ap_some_authn_required() runs the hooks of a request once more, and SSLUserName with them.
void decide_again(request_rec* r, const RequestState& state) {
  if (state.accepted)
    set_identity(r, state);
  else
    r->user = nullptr;
}

/// Under "Satisfy Any" a hook of this phase lets the request in past Require, which it must not do
/// because of the account (mod_authz_svn would): the decision waits for the next phase.
void begin(request_rec* r, RequestState& state) {
  if (state.is_exempt || ap_satisfies(r) == SATISFY_ANY)
    clear_identity(r);
  else
    decide(r, state);
}

/// What other modules ask of every user. Under "sufficient" the certificate stands in for what one
/// of them asks for.
int ask_authn_hooks(request_rec* r, RequestState& state) {
  const int status = run_others(r, state, ap_run_check_user_id);
  const bool stands_in = status == HTTP_UNAUTHORIZED && state.mode == Mode::Sufficient;
  if (stands_in) take_back_challenge(r);
  if (status == OK || stands_in) {
    set_user(r, state);
    return OK;
  }
  return is_denial(status) ? forbid(r, state, status, "another module") : status;
}

int ask_authz_hooks(request_rec* r, RequestState& state) {
  const int status = run_others(r, state, ap_run_auth_checker);
  if (status == OK) return let_in(r, state);
  return is_denial(status) ? forbid(r, state, status, kRequireOrOther) : status;
}

bool do_others_ask(const request_rec* r) {
  return server_config(r->server).configuration->checked.others_ask;
}

/// Nobody else would say anything of an account for which Require is content: the next two phases
/// are not needed, as httpd has it.
int end_here(request_rec* r, RequestState& state) {
  if (!may_httpd_refuse(r)) return let_in(r, state);
  const int status = ask_authn_hooks(r, state);
  return status == OK ? ask_authz_hooks(r, state) : status;
}

/// Require asks who it is, or refuses, or lets everyone in whatever the decision is.
int ask_require(request_rec* r, RequestState& state) {
  if (state.refused) return state.refused;
  if (state.mode == Mode::Misconfigured || falls_back(state)) return DECLINED;
  const int status = run_others(r, state, ap_run_access_checker_ex);
  if (status == OK && state.accepted && !do_others_ask(r)) return end_here(r, state);
  if (!is_denial(status)) return status;
  return is_mapped(state) ? forbid(r, state, status, kRequire) : refuse(r, state);
}

int compare_accounts(request_rec* r, RequestState& state) {
  auto decision = decision_of(state);
  if (decision.account == r->user) {
    note_comparison(r);
    accept(r, state);
    return OK;
  }
  decision.detail = "the certificate's account is not the one that the password is for";
  decision.reason = Reason::AccountMismatch;
  state.answer.decision = std::make_shared<const Decision>(std::move(decision));
  return refuse(r, state);
}

int end_authn(request_rec* r, Mode mode) {
  const auto* state = state_of(r);
  return state && state->in_nested && state->accepted && state->mode == mode ? OK : DECLINED;
}

}  // namespace

// Always DECLINED where access is not refused: OK would grant it under "Satisfy Any".
int check_access(request_rec* r) {
  // Most requests of a server leave here.
  if (!state_of(r) && !may_be_in_force(r) && !r->prev) return DECLINED;
  return guarded(r, [r] {
    if (const auto* before = r->prev ? state_of(r->prev) : nullptr; before && before->refused)
      clear_identity(r);
    if (const auto* known = state_of(r))
      decide_again(r, *known);
    else if (auto* state = make_state(r))
      begin(r, *state);
    return DECLINED;
  });
}

/// Under "Satisfy Any" a refusal of another module ends check_access before it comes to ours.
int check_access_ex(request_rec* r) {
  auto* known = state_of(r);
  if (known ? known->in_nested : !may_be_in_force(r)) return DECLINED;
  return guarded(r, [r, known]() -> int {
    auto* state = known ? known : make_state(r);
    if (!state) return DECLINED;
    if (state->is_exempt) return ask_everyone_else(r, *state);
    if (is_undecided(*state) || !known) decide(r, *state);
    return ask_require(r, *state);
  });
}

int check_authn(request_rec* r) {
  return guarded(r, [r] {
    auto* state = state_of(r);
    if (!state || state->in_nested) return DECLINED;
    if (state->refused) return state->refused;
    if (state->mode == Mode::Misconfigured) return misconfigured(r, *state, state->misconfigured);
    if (state->accepted) return ask_authn_hooks(r, *state);
    const auto& decision = decision_of(*state);
    if (!falls_back(*state)) return is_mapped(*state) ? DECLINED : refuse(r, *state);
    report_fallback(r, decision);
    return DECLINED;
  });
}

int check_second_factor(request_rec* r) {
  return guarded(r, [r] {
    auto* state = state_of(r);
    if (!state || state->mode != Mode::Required || is_password_the_clients_own(r)) return DECLINED;
    return misconfigured(
        r, *state,
        "CertMapControl required needs the password that the client itself sent, and another one "
        "was put in its place: take SSLOptions +FakeBasicAuth, AuthBasicFake or RequestHeader set "
        "Authorization away, here or where this request was redirected or included from");
  });
}

int end_authn_sufficient(request_rec* r) { return end_authn(r, Mode::Sufficient); }

int end_authn_alone(request_rec* r) { return end_authn(r, Mode::Alone); }

/// httpd leaves out check_authn and check_authz where Require is content already, and with them
/// whatever other modules would have to say of this user.
int force_authn(request_rec* r) {
  const auto* state = state_of(r);
  return state && state->accepted ? OK : DECLINED;
}

int check_authz(request_rec* r) {
  return guarded(r, [r] {
    auto* state = state_of(r);
    if (!state || state->in_nested || !r->user) return DECLINED;
    if (!state->accepted) {
      if (state->mode != Mode::Required) return DECLINED;
      if (const int status = compare_accounts(r, *state); status != OK) return status;
    }
    return ask_authz_hooks(r, *state);
  });
}

}  // namespace certmap
