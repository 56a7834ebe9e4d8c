#include "httpd/request/others.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "httpd/base/array.h"
#include "httpd/base/c_text.h"

namespace certmap {
namespace {

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

}  // namespace

bool do_others_ask() {
  return has_others<ap_LINK_check_user_id_t>(ap_hook_get_check_user_id()) ||
         has_others<ap_LINK_auth_checker_t>(ap_hook_get_auth_checker());
}

bool may_httpd_refuse(request_rec* r) {
  return apr_table_get(r->headers_in, "Authorization") || ap_satisfies(r) == SATISFY_ANY;
}

}  // namespace certmap
