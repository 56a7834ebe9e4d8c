#include "httpd/explain/access.h"

#include <cstring>
#include <utility>

#include "core/audit/event.h"
#include "httpd/base/array.h"
#include "httpd/explain/request.h"
#include "httpd/request/decide.h"
#include "httpd/request/enforcement.h"
#include "httpd/request/environment.h"
#include "httpd/request/report.h"

namespace certmap {
namespace {

using Require = Access::Require;

int ask_require(request_rec* r) {
  return ask_silently(r, [](request_rec* each) {
    return run_hooks_of<ap_LINK_access_checker_ex_t>(ap_hook_get_access_checker_ex(),
                                                     {"mod_authz_core.c"}, each);
  });
}

/// Before and after the request is that of the account. Who is mapped may be refused where nobody
/// is not: "Require not user alice".
Require judge(request_rec* r, RequestState& state, bool is_known, int& nobody) {
  nobody = is_known ? ask_require(r) : DECLINED;
  const bool is_public = nobody == OK;
  if (is_mapped(state)) {
    state.accepted = true;
    set_identity(r, state);
  }
  if (!is_known) return Require::Unknown;
  if (!is_mapped(state))
    return is_public ? Require::Open : nobody == DECLINED ? Require::NeedsUser : Require::Forbidden;
  if (ask_require(r) != OK) return Require::Forbidden;
  return is_public ? Require::Open : Require::Granted;
}

std::vector<std::pair<std::string, std::string>> environment_of(request_rec* r,
                                                                const RequestState& state) {
  std::vector<std::pair<std::string, std::string>> environment{{"REMOTE_USER", r->user}};
  const char* type = state.mode == Mode::Required ? ap_auth_type(r) : r->ap_auth_type;
  if (type) environment.emplace_back("AUTH_TYPE", type);
  for (const auto& each : entries_of(r->subprocess_env))
    if (std::strncmp(each.key, "CERTMAP_", 8) == 0) environment.emplace_back(each.key, each.val);
  return environment;
}

/// The event as report.cpp would have it written, without what only a request can tell.
std::string event_of(const request_rec* r, const RequestState& state,
                     const std::string& forbidden) {
  char host[APRMAXHOSTLEN + 1] = "";
  apr_gethostname(host, APRMAXHOSTLEN, r->pool);
  EventRequest request;
  request.url_path = r->uri;
  request.forbidden = forbidden;
  if (r->server->server_hostname) request.service_name = r->server->server_hostname;
  return authentication_event({.host_name = host}, request, *state.answer.decision,
                              state.answer.certificate.get());
}

/// Empty where none is written: see report.cpp.
std::optional<Access::Audit> audit_of(const request_rec* r, const RequestState& state,
                                      Require require, int nobody) {
  const auto& target = server_config(r->server).lines.audit_target;
  const bool forbidden = is_mapped(state) && require == Require::Forbidden;
  const bool enforced = forbidden || (nobody != OK && !falls_back(state));
  if (!target || *target == "none" || !enforced) return std::nullopt;
  const bool after_password = state.mode == Mode::Required && nobody == DECLINED;
  const auto* refuser = after_password ? kRequireOrOther : kRequire;
  return Access::Audit{
      *target, event_of(r, state, forbidden ? refused_by(refuser, *state.answer.decision) : "")};
}

}  // namespace

Access ask_access(request_rec* r, RequestState& state, const HeldLines& lines) {
  Access access;
  int nobody = DECLINED;
  access.lines = lines.named("Require");
  access.unknown = lines.unknown_requirements();
  access.require = judge(r, state, access.unknown.empty(), nobody);
  const bool is_user = state.mode != Mode::Required || access.require != Require::Open;
  if (is_mapped(state) && is_user) access.environment = environment_of(r, state);
  access.audit = audit_of(r, state, access.require, nobody);
  return access;
}

}  // namespace certmap
