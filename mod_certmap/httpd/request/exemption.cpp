#include "httpd/request/exemption.h"

#include "httpd/request/authentication.h"

namespace certmap {
namespace {

/// The hooks before mod_authz_core's, which would miss the user, in httpd's order; there
/// mod_authz_svn, mod_lua and others refuse.
int ask_authz(request_rec* r) {
  const auto* hooks = ap_hook_get_auth_checker();
  const auto* links = reinterpret_cast<const ap_LINK_auth_checker_t*>(hooks->elts);
  for (int i = 0; i < hooks->nelts; ++i) {
    if (links[i].pFunc == check_authz) continue;
    const char* module = links[i].szName;
    if (module && ap_cstr_casecmp(module, "mod_authz_core.c") == 0) break;
    if (const int status = links[i].pFunc(r); status != DECLINED) return status;
  }
  return OK;
}

}  // namespace

bool is_exempt(const request_rec* r, const RequestState& state) {
  return state.mode == Mode::Alone && r->prev && was_kept_out(r->prev) &&
         is_literal_error_document(r);
}

int ask_everyone_else(request_rec* r, RequestState& state) {
  const int status = run_others(r, state, ap_run_access_checker_ex);
  return status == DECLINED ? ask_authz(r) : status;
}

}  // namespace certmap
