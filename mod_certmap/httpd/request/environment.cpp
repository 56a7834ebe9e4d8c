#include "httpd/request/environment.h"

#include <cstring>
#include <string>
#include <vector>

#include "core/text/calendar.h"

namespace certmap {
namespace {

constexpr const char* kPrefix = "CERTMAP_";

char* copy(request_rec* r, const std::string& text) {
  return apr_pstrmemdup(r->pool, text.data(), text.size());
}

/// Values separated by ";", with "\;" and "\\" inside a value.
std::string join(const std::vector<std::string>& values) {
  std::string text;
  for (const auto& value : values) {
    if (!text.empty()) text += ';';
    for (const char c : value) {
      if (c == ';' || c == '\\') text += '\\';
      text += c;
    }
  }
  return text;
}

void clear_environment(request_rec* r) {
  const auto entries = entries_of(r->subprocess_env);
  for (auto each = entries.rbegin(); each != entries.rend(); ++each)  // unset moves those behind
    if (each->key[0] == kPrefix[0] && std::strncmp(each->key, kPrefix, std::strlen(kPrefix)) == 0)
      apr_table_unset(r->subprocess_env, each->key);
}

}  // namespace

void set_user(request_rec* r, const RequestState& state) {
  const auto& account = state.answer.decision->account;
  if (!r->user || account != r->user) r->user = copy(r, account);
  if (state.mode != Mode::Required) r->ap_auth_type = const_cast<char*>("ClientCert");
}

void set_identity(request_rec* r, const RequestState& state) {
  const auto& decision = *state.answer.decision;
  set_user(r, state);
  clear_environment(r);
  auto* env = r->subprocess_env;
  apr_table_addn(env, "CERTMAP_RULE", decision.decided_by->name.c_str());
  apr_table_addn(env, "CERTMAP_STRENGTH", word(decision.strength).data());
  if (!decision.groups.empty())
    apr_table_addn(env, "CERTMAP_GROUPS", copy(r, join(decision.groups)));
  for (const auto& [name, values] : decision.attributes)
    apr_table_setn(env, apr_pstrcat(r->pool, "CERTMAP_ATTR_", name.c_str(), nullptr),
                   copy(r, join(values)));
  const auto days =
      days_between(apr_time_sec(r->request_time), state.answer.certificate->not_after);
  apr_table_addn(env, "CERTMAP_DAYS_LEFT", apr_off_t_toa(r->pool, days));
  keep_out_of_caches(r);
  note_reason(r, Reason::Mapped);
}

void clear_identity(request_rec* r) {
  r->user = nullptr;
  r->ap_auth_type = nullptr;
  clear_environment(r);
}

void keep_out_of_caches(request_rec* r) {
  for (; r->main; r = r->main) {
    r->main->no_cache = 1;
    apr_table_setn(r->subprocess_env, "no-cache", "1");
  }
  apr_table_setn(r->subprocess_env, "no-cache", "1");
  // A subrequest's own headers go nowhere, or to the request in whose place it is put, which has
  // this one.
  const char* control = apr_table_get(r->err_headers_out, "Cache-Control");
  if (!control)
    apr_table_addn(r->err_headers_out, "Cache-Control", "private");
  else if (!ap_find_token(r->pool, control, "private"))
    apr_table_mergen(r->err_headers_out, "Cache-Control", "private");
}

void note_reason(request_rec* r, Reason reason) {
  apr_table_setn(r->notes, "certmap-reason", word(reason).data());
}

}  // namespace certmap
