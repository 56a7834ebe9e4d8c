#include <cstring>

#include "httpd/base/guarded.h"
#include "httpd/request/decide.h"
#include "httpd/request/enforcement.h"
#include "httpd/request/environment.h"
#include "httpd/request/hooks.h"

namespace certmap {
namespace {

/// Notes go along where a request is put in the place of another. This one is no public one: it
/// tells of one directory configuration alone.
constexpr const char* kCompared = "certmap-accounts-compared";

const char* place_of_comparison(request_rec* r) {
  return apr_psprintf(r->pool, "%pp", static_cast<void*>(r->per_dir_config));
}

bool were_accounts_compared(request_rec* r) {
  const char* place = apr_table_get(r->notes, kCompared);
  return place && std::strcmp(place, place_of_comparison(r)) == 0;
}

/// A user that is not CertMap's stays, as httpd does it.
void clear_identity_of(request_rec* r, const RequestState* before) {
  const bool is_ours = before && before->accepted;
  auto* user = is_ours ? nullptr : r->user;
  auto* type = is_ours ? nullptr : r->ap_auth_type;
  clear_identity(r);
  r->user = user;
  r->ap_auth_type = type;
}

/// For a request that another one was put in the place of.
int catch_up(request_rec* r, RequestState& state, const RequestState* before) {
  clear_identity_of(r, before);
  if (state.mode == Mode::Required && !were_accounts_compared(r)) return DECLINED;
  state.answer = answer(r, state);
  if (!is_mapped(state)) return DECLINED;
  if (state.mode == Mode::Required) r->ap_auth_type = const_cast<char*>(ap_auth_type(r));
  accept(r, state);
  return let_in(r, state);
}

/// The state for the place of what was put in the request's place; null: CertMap has nothing to say
/// of it, and the request stays as it is.
RequestState* state_there(request_rec* r, RequestState* before) {
  auto* state = start_state(r);
  if (!state) return nullptr;
  state->let_in = true;
  if (state->mode == Mode::Misconfigured) {
    if (before) ap_set_module_config(r->request_config, &certmap_module, before);
    return nullptr;
  }
  if (before) state->event = before->event;
  return state;
}

/// Behind mod_proxy, by a line of its place: a rewrite rule or a handler. FastCGI gets one script,
/// as CGI does.
bool is_applications(const request_rec* r) {
  const auto handler = or_empty(r->handler);
  return r->proxyreq || (handler.starts_with("proxy:") && handler.find("fcgi://") == handler.npos);
}

/// "Satisfy Any" let the client's host in, which nothing depends on.
int let_in_by_host(request_rec* r, RequestState& state) {
  decide(r, state);
  return state.accepted ? let_in(r, state) : DECLINED;
}

}  // namespace

void note_comparison(request_rec* r) {
  apr_table_setn(r->notes, kCompared, place_of_comparison(r));
}

/// httpd skips authentication for a redirect with the directory configuration of its origin, as if
/// that had passed it. The ErrorDocument of one that did not gets a configuration of its own, which
/// says the same, and so is asked as any request.
int separate_from_refused(request_rec* r) {
  if (!r->prev) return DECLINED;
  return guarded(r, [r] {
    end_refused_index(r->prev);
    if (r->prev->per_dir_config == r->per_dir_config && was_kept_out(r->prev))
      r->per_dir_config =
          ap_merge_per_dir_configs(r->pool, r->per_dir_config, ap_create_request_config(r->pool));
    return DECLINED;
  });
}

void insert_error_filter(request_rec* r) {
  guarded(r, [r] {
    end_refused_index(r);
    return OK;
  });
}

/// Where httpd skips authentication for a redirect or subrequest, it copies user and AUTH_TYPE.
/// That must not let an ErrorDocument that was exempt from authentication reach what is protected.
int fixups(request_rec* r) {
  if (!state_of(r) && !origin_of(r)) return DECLINED;
  return guarded(r, [r] {
    auto* known = state_of(r);
    if (known) known->let_in = true;
    if (known && is_undecided(*known)) return let_in_by_host(r, *known);
    const auto* origin = origin_of(r);
    if (!origin || origin->per_dir_config != r->per_dir_config || known) return DECLINED;
    auto* state = state_of(origin);
    if (!state) return DECLINED;
    if (state->is_exempt) return HTTP_FORBIDDEN;
    if (!state->let_in) return DECLINED;
    ap_set_module_config(r->request_config, &certmap_module, state);
    if (state->accepted) set_identity(r, *state);
    return DECLINED;
  });
}

/// mod_dir and mod_negotiation put a subrequest in the place of a request, with its directory
/// configuration but without its user. The subrequest was let in; this catches up, and takes away a
/// user that the place of the subrequest does not give.
int fixups_last(request_rec* r) {
  // mod_dir ends the phase where the index that was refused is the answer.
  if (auto* record = record_of(r)) record->refused_index = nullptr;
  auto* before = state_of(r);
  if (before && before->is_exempt && is_applications(r)) return HTTP_FORBIDDEN;
  if (before ? before->place == r->per_dir_config : !may_be_in_force(r)) return DECLINED;
  return guarded(r, [r, before] {
    if (!before && r->main) return DECLINED;
    auto* state = state_there(r, before);
    return state ? catch_up(r, *state, before) : DECLINED;
  });
}

}  // namespace certmap
