#include "httpd/request_state.h"

#include "httpd/pool.h"

namespace certmap {
namespace {

RequestState& make_state(request_rec* r, Mode mode) {
  auto* state = make_in_pool<RequestState>(r->pool, mode);
  ap_set_module_config(r->request_config, &certmap_module, state);
  return *state;
}

}  // namespace

RequestState* state_of(const request_rec* r) {
  return static_cast<RequestState*>(ap_get_module_config(r->request_config, &certmap_module));
}

RequestState* start_state(request_rec* r) {
  const auto& dir = dir_config(r);
  const char* type = ap_auth_type(r);
  const bool alone = type && ap_cstr_casecmp(type, "ClientCert") == 0;
  const Use* use = dir.use && !dir.use->names.empty() ? dir.use : nullptr;
  if (!use && !alone) return nullptr;
  const auto& mappers = server_config(r->server).mappers;
  const char* wrong = nullptr;
  if (!use)
    wrong = "AuthType ClientCert needs a CertMapUse line that names rules";
  else if (!type || ap_cstr_casecmp(type, "None") == 0)
    wrong = "CertMapUse needs an AuthType; write AuthType ClientCert";
  else if (!mappers.contains(use))
    wrong =
        "CertMapUse names a rule that only another virtual host defines; define it here or in the "
        "main server";
  const auto mode = wrong                              ? Mode::Misconfigured
                    : alone                            ? Mode::Alone
                    : dir.control == Control::Required ? Mode::Required
                                                       : Mode::Sufficient;
  auto& state = make_state(r, mode);
  state.misconfigured = wrong;
  state.question = {use, r->server};
  state.authorization = apr_table_get(r->headers_in, "Authorization");
  return &state;
}

}  // namespace certmap
