#include "httpd/request/others.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace certmap {
namespace {

struct Credential {
  const char* header;
  const char* key;  ///< of what the client sent, in the pool of its request
};

constexpr Credential kForServer{"Authorization", "certmap-authorization"};
constexpr Credential kForProxy{"Proxy-Authorization", "certmap-proxy-authorization"};

/// The one that a forward proxy asks for says nothing elsewhere, and the other way round.
const Credential& credential_of(const request_rec* r) {
  return r->proxyreq == PROXYREQ_PROXY ? kForProxy : kForServer;
}

const char* credential(const request_rec* r) {
  return apr_table_get(r->headers_in, credential_of(r).header);
}

const request_rec* clients_request(const request_rec* r) {
  while (const auto* origin = origin_of(r)) r = origin;
  return r;
}

/// mod_auth_form keeps passwords in a session, and writes that header itself
/// (AuthFormFakeBasicAuth).
bool reads_authorization(request_rec* r) {
  const char* type = ap_auth_type(r);
  return !type || ap_cstr_casecmp(type, "Form") != 0;
}

/// Each has one hook of a kind: a second one was registered under its name, but by another module.
template <typename Link>
bool has_others(const apr_array_header_t* hooks) {
  std::vector<std::string_view> expected{"mod_ssl.c",       "mod_auth_basic.c", "mod_auth_digest.c",
                                         "mod_auth_form.c", "mod_authn_core.c", "mod_authz_core.c"};
  return std::ranges::any_of(elements_of<Link>(hooks), [&](const Link& link) {
    const auto module = or_empty(link.szName);
    return module != certmap_module.name && std::erase(expected, module) == 0;
  });
}

/// The hooks before that of `last`, which would miss the user, in httpd's order; there
/// mod_authz_svn, mod_lua and others refuse.
template <typename Link>
int ask_before(std::string_view last, const apr_array_header_t* hooks, request_rec* r) {
  for (const auto& link : elements_of<Link>(hooks)) {
    const auto module = or_empty(link.szName);
    if (module == last) break;
    if (module == certmap_module.name) continue;
    if (const int status = link.pFunc(r); status != DECLINED) return status;
  }
  return OK;
}

}  // namespace

int note_authorization(request_rec* r) {
  if (origin_of(r)) return DECLINED;
  for (const auto& [header, key] : {kForServer, kForProxy})
    if (const char* sent = apr_table_get(r->headers_in, header))
      apr_pool_userdata_setn(sent, key, nullptr, r->pool);
  return DECLINED;
}

bool is_password_the_clients_own(request_rec* r) {
  if (!reads_authorization(r)) return true;
  void* own = nullptr;
  apr_pool_userdata_get(&own, credential_of(r).key, clients_request(r)->pool);
  return or_empty(static_cast<const char*>(own)) == or_empty(credential(r));
}

bool do_others_ask() {
  return has_others<ap_LINK_check_user_id_t>(ap_hook_get_check_user_id()) ||
         has_others<ap_LINK_auth_checker_t>(ap_hook_get_auth_checker());
}

bool may_httpd_refuse(request_rec* r) { return credential(r) || ap_satisfies(r) == SATISFY_ANY; }

int ask_everyone_else(request_rec* r, RequestState& state) {
  const int status = run_others(r, state, ap_run_access_checker_ex);
  if (status != DECLINED) return status;
  const int authn =
      ask_before<ap_LINK_check_user_id_t>("mod_authn_core.c", ap_hook_get_check_user_id(), r);
  if (authn != OK) return authn;
  return ask_before<ap_LINK_auth_checker_t>("mod_authz_core.c", ap_hook_get_auth_checker(), r);
}

}  // namespace certmap
