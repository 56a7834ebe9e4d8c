#include "httpd/request/request_state.h"

#include "httpd/base/pool.h"

namespace certmap {
namespace {

const char* with_place(apr_pool_t* pool, const char* complaint, const char* directive,
                       const Place& place) {
  return apr_pstrcat(pool, complaint, " (the ", directive, " of ", place.text().c_str(), ")",
                     nullptr);
}

/// Between the AuthType and CertMap's directives.
struct Together {
  const Use* use;
  bool has_type, alone, required;
  const Mapper* mapper;
};

/// The sentence for the error log; null: nothing is wrong.
const char* complaint_about(const Together& lines) {
  if (!lines.use) return "AuthType ClientCert needs a CertMapUse line that names rules";
  if (!lines.has_type) return "CertMapUse needs an AuthType; write AuthType ClientCert";
  if (!lines.mapper)
    return "CertMapUse names a rule that only another virtual host defines; define it here or in "
           "the main server";
  return nullptr;
}

const char* misconfigured(apr_pool_t* pool, const DirConfig& dir, const Together& lines) {
  if (lines.alone && lines.required)
    return with_place(pool,
                      "CertMapControl required means two factors, and under AuthType ClientCert "
                      "there is only the certificate; write AuthType Basic, or CertMapControl "
                      "sufficient",
                      "CertMapControl", dir.control->place);
  const char* complaint = complaint_about(lines);
  return complaint && dir.use ? with_place(pool, complaint, "CertMapUse", dir.use->place)
                              : complaint;
}

const Use* use_of(const DirConfig& dir) {
  return dir.use && !dir.use->names.empty() ? dir.use : nullptr;
}

AuthType type_of(request_rec* r, const DirConfig& dir) {
  return dir.auth_type == AuthType::Expression ? auth_type_of(ap_auth_type(r)) : dir.auth_type;
}

RequestState* make_state(request_rec* r, const DirConfig& dir) {
  const auto type = type_of(r, dir);
  const bool alone = type == AuthType::ClientCert;
  const Use* use = use_of(dir);
  if (!use && !alone) return nullptr;
  const bool has_type = type > AuthType::None;
  const bool required = dir.control && dir.control->control == Control::Required;
  const auto* mapper = use && has_type ? mapper_of(use, r->server) : nullptr;
  const auto* wrong = misconfigured(r->pool, dir, {use, has_type, alone, required, mapper});
  const auto mode = wrong      ? Mode::Misconfigured
                    : alone    ? Mode::Alone
                    : required ? Mode::Required
                               : Mode::Sufficient;
  auto* state = make_in_pool<RequestState>(r->pool, mode);
  if (const auto* before = record_of(r)) {
    state->notice = before->notice;
    state->reported = before->reported;
  }
  ap_set_module_config(r->request_config, &certmap_module, state);
  state->place = r->per_dir_config;
  state->question = {use, r->server};
  state->mapper = wrong ? nullptr : mapper;
  state->misconfigured = wrong;
  return state;
}

}  // namespace

RequestState::RequestState(Mode m) : RequestRecord{.is_state = true}, mode(m) {}

bool was_kept_out(request_rec* r) {
  if (const auto* state = state_of(r)) return !state->let_in;
  const auto& dir = dir_config(r);
  return use_of(dir) || type_of(r, dir) == AuthType::ClientCert;
}

RequestRecord& make_record(request_rec* r) {
  if (auto* known = record_of(r)) return *known;
  auto* record = make_in_pool<RequestRecord>(r->pool);
  ap_set_module_config(r->request_config, &certmap_module, record);
  return *record;
}

RequestState* start_state(request_rec* r) {
  return may_be_in_force(r) ? make_state(r, dir_config(r)) : nullptr;
}

}  // namespace certmap
