#include "httpd/request/own_password.h"

#include <cstring>

#include "httpd/request/request_state.h"

namespace certmap {
namespace {

constexpr const char* kKey = "certmap-authorization";

const char* authorization(const request_rec* r) {
  const char* header = apr_table_get(r->headers_in, "Authorization");
  return header ? header : "";
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

}  // namespace

int note_authorization(request_rec* r) {
  if (!origin_of(r)) apr_pool_userdata_setn(authorization(r), kKey, nullptr, r->pool);
  return DECLINED;
}

bool is_password_the_clients_own(request_rec* r) {
  if (!reads_authorization(r)) return true;
  void* own = nullptr;
  apr_pool_userdata_get(&own, kKey, clients_request(r)->pool);
  return own && std::strcmp(static_cast<const char*>(own), authorization(r)) == 0;
}

}  // namespace certmap
