#include "httpd/request_state.h"

#include <cstring>

#include "httpd/pool.h"

namespace certmap {
namespace {

/// Every request asks: as it is usually written goes first.
bool is_client_cert(const char* type) {
  constexpr const char* kClientCert = "ClientCert";
  return type && (std::strcmp(type, kClientCert) == 0 || ap_cstr_casecmp(type, kClientCert) == 0);
}

const Mapper* mapper_of(const Use* use, const server_rec* s) {
  const auto& mappers = server_config(s).mappers;
  const auto found = mappers.find(use);
  return found == mappers.end() ? nullptr : found->second.get();
}

/// The sentence for the error log.
const char* complaint_about(const Use* use, bool has_type) {
  if (!use) return "AuthType ClientCert needs a CertMapUse line that names rules";
  if (!has_type) return "CertMapUse needs an AuthType; write AuthType ClientCert";
  return "CertMapUse names a rule that only another virtual host defines; define it here or in the "
         "main server";
}

const char* with_place(apr_pool_t* pool, const char* complaint, const Use* line) {
  if (!line) return complaint;
  return apr_pstrcat(pool, complaint, " (the CertMapUse of ", line->place.text().c_str(), ")",
                     nullptr);
}

const Use* use_of(const DirConfig& dir) {
  return dir.use && !dir.use->names.empty() ? dir.use : nullptr;
}

RequestState* make_state(request_rec* r, const DirConfig& dir, const char* type) {
  const bool alone = is_client_cert(type);
  const Use* use = use_of(dir);
  if (!use && !alone) return nullptr;
  const bool has_type = alone || (type && ap_cstr_casecmp(type, "None") != 0);
  const auto* mapper = use && has_type ? mapper_of(use, r->server) : nullptr;
  const auto mode = !mapper                            ? Mode::Misconfigured
                    : alone                            ? Mode::Alone
                    : dir.control == Control::Required ? Mode::Required
                                                       : Mode::Sufficient;
  auto* state = make_in_pool<RequestState>(r->pool, mode);
  ap_set_module_config(r->request_config, &certmap_module, state);
  state->place = r->per_dir_config;
  state->question = {use, r->server};
  state->mapper = mapper;
  if (!mapper) state->misconfigured = with_place(r->pool, complaint_about(use, has_type), dir.use);
  return state;
}

}  // namespace

RequestState* state_of(const request_rec* r) {
  return static_cast<RequestState*>(ap_get_module_config(r->request_config, &certmap_module));
}

bool is_in_force(request_rec* r) {
  return use_of(dir_config(r)) || is_client_cert(ap_auth_type(r));
}

bool was_kept_out(request_rec* r) {
  const auto* state = state_of(r);
  return state ? !state->let_in : is_in_force(r);
}

RequestState* start_state(request_rec* r) {
  const auto& dir = dir_config(r);
  const char* type = ap_auth_type(r);
  return dir.use || type ? make_state(r, dir, type) : nullptr;
}

}  // namespace certmap
