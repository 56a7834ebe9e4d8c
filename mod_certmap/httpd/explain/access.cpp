#include "httpd/explain/access.h"

#include <cstring>
#include <utility>

#include "core/audit/event.h"
#include "httpd/explain/request.h"
#include "httpd/request/decide.h"
#include "httpd/request/enforcement.h"
#include "httpd/request/environment.h"
#include "httpd/request/report.h"

namespace certmap {
namespace {

using Json = nlohmann::ordered_json;
using Require = Access::Require;

int ask_require(request_rec* r) {
  return ask_silently(r, [](request_rec* each) {
    return run_hooks_of<ap_LINK_access_checker_ex_t>(ap_hook_get_access_checker_ex(),
                                                     {"mod_authz_core.c"}, each);
  });
}

/// Before and after the request is that of the account. Who is mapped may be refused where nobody
/// is not: "Require not user alice".
Require judge(request_rec* r, RequestState& state, const HeldLines& lines, int& nobody) {
  const bool is_known = lines.unknown_requirements().empty();
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

const char* word(Require require) {
  switch (require) {
    case Require::Open:
      return "open";
    case Require::Granted:
      return "granted";
    case Require::NeedsUser:
      return "needs_user";
    case Require::Forbidden:
      return "forbidden";
    case Require::Unknown:
      return "unknown";
  }
  return "unknown";
}

Json require_as_json(Require require, const HeldLines& lines) {
  Json json{{"result", word(require)}, {"lines", Json::array()}};
  for (const auto& line : lines.all())
    if (!line.scope.condition && is_named(line.directive, "Require"))
      json["lines"].push_back(
          {{"line", text_of_line(line.directive)}, {"place", place_of(line.directive).text()}});
  if (require == Require::Unknown)
    for (const auto* line : lines.unknown_requirements())
      json["not_evaluated"].push_back(
          {{"line", text_of_line(line)}, {"place", place_of(line).text()}});
  return json;
}

Json environment_of(const request_rec* r, const RequestState& state) {
  auto json = Json::object();
  json["REMOTE_USER"] = r->user;
  const char* type = r->ap_auth_type;
  if (state.mode == Mode::Required) type = ap_auth_type(const_cast<request_rec*>(r));
  if (type) json["AUTH_TYPE"] = type;
  const auto* header = apr_table_elts(r->subprocess_env);
  const auto* entries = reinterpret_cast<const apr_table_entry_t*>(header->elts);
  for (int i = 0; i < header->nelts; ++i)
    if (std::strncmp(entries[i].key, "CERTMAP_", 8) == 0) json[entries[i].key] = entries[i].val;
  return json;
}

/// The event as report.cpp would have it written, without what only a request can tell.
Json event_of(const request_rec* r, const RequestState& state, const std::string& forbidden) {
  char host[APRMAXHOSTLEN + 1] = "";
  apr_gethostname(host, APRMAXHOSTLEN, r->pool);
  EventRequest request;
  request.url_path = r->uri;
  request.forbidden = forbidden;
  if (r->server->server_hostname) request.service_name = r->server->server_hostname;
  return Json::parse(authentication_event({.host_name = host}, request, *state.answer.decision,
                                          state.answer.certificate.get()));
}

/// Null where none is written: see report.cpp.
Json audit_of(const request_rec* r, const RequestState& state, Require require, int nobody) {
  const auto& target = server_config(r->server).audit_target;
  const bool forbidden = is_mapped(state) && require == Require::Forbidden;
  const bool enforced = forbidden || (nobody != OK && !falls_back(state));
  if (!target || *target == "none" || !enforced) return nullptr;
  const bool after_password = state.mode == Mode::Required && nobody == DECLINED;
  const auto* refuser = after_password ? kRequireOrOther : kRequire;
  return {
      {"log", *target},
      {"event", event_of(r, state, forbidden ? refused_by(refuser, *state.answer.decision) : "")}};
}

}  // namespace

Access ask_access(request_rec* r, RequestState& state, const HeldLines& lines) {
  Access access;
  int nobody = DECLINED;
  access.require = judge(r, state, lines, nobody);
  access.json = require_as_json(access.require, lines);
  access.environment = Json::object();
  const bool is_user = state.mode != Mode::Required || access.require != Require::Open;
  if (is_mapped(state) && is_user) access.environment = environment_of(r, state);
  access.audit = audit_of(r, state, access.require, nobody);
  return access;
}

}  // namespace certmap
