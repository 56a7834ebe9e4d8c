// The module record, and in which order httpd calls us.

#include <utility>

#include "httpd/base/guarded.h"
#include "httpd/config/config.h"
#include "httpd/config/directives.h"
#include "httpd/count/counters.h"
#include "httpd/explain/explain.h"
#include "httpd/keep/keep.h"
#include "httpd/pages.h"
#include "httpd/request/connection.h"
#include "httpd/request/hooks.h"
#include "httpd/request/others.h"
#include "httpd/start/startup.h"
#include "httpd/trial/notice.h"
#include "httpd/trial/trial.h"

namespace certmap {
namespace {

/// mod_perl's are at APR_HOOK_REALLY_FIRST. A predecessor would let others go before as well.
constexpr int kBeforeAll = APR_HOOK_REALLY_FIRST - 100;
constexpr int kBeforeMiddle = (APR_HOOK_FIRST + APR_HOOK_MIDDLE) / 2;
constexpr int kBehindMiddle = APR_HOOK_MIDDLE + 1;

const char* const kTls[] = {"mod_ssl.c", "mod_tls.c", "mod_nss.c", nullptr};
const char* const kAuthorization[] = {"mod_authz_core.c", nullptr};
const char* const kAuthentication[] = {"mod_authn_core.c", nullptr};
const char* const kReplacers[] = {"mod_dir.c", "mod_negotiation.c", nullptr};
const char* const kReaders[] = {"mod_rewrite.c", "mod_headers.c", nullptr};

void register_trial_hooks() {
  ap_hook_check_access(notice_client, kTls, kAuthorization, kBehindMiddle,
                       AP_AUTH_INTERNAL_PER_CONF);
  ap_hook_check_authz(notice_authenticated, nullptr, nullptr, kBeforeAll - 1,
                      AP_AUTH_INTERNAL_PER_CONF);
  ap_hook_fixups(notice_let_in, nullptr, kReaders, APR_HOOK_FIRST);
  ap_hook_fixups(notice_let_in, kReplacers, nullptr, APR_HOOK_REALLY_LAST);
  ap_hook_log_transaction(try_rules, nullptr, nullptr, APR_HOOK_MIDDLE);
}

void register_second_factor_hooks() {
  ap_hook_post_read_request(note_authorization, nullptr, nullptr, APR_HOOK_REALLY_FIRST);
  ap_hook_check_authn(check_second_factor, kTls, nullptr, APR_HOOK_FIRST,
                      AP_AUTH_INTERNAL_PER_CONF);
}

/// Every request pays for every hook: those of what few servers use are registered when all lines
/// were read, and all modules have registered theirs. httpd's own sorting is over then. Only httpd
/// itself names the module of a hook.
int register_hooks_in_use(apr_pool_t* pconf, apr_pool_t*, apr_pool_t*, server_rec* s) {
  return guarded(s, HTTP_INTERNAL_SERVER_ERROR, [&] {
    auto& configuration = configuration_of(pconf);
    const auto& lines = configuration.lines;
    auto& others_ask = configuration.checked.others_ask;
    const auto* module = std::exchange(apr_hook_debug_current, certmap_module.name);
    if (lines.keep) ap_hook_log_transaction(keep_certificate, nullptr, nullptr, APR_HOOK_MIDDLE);
    if (lines.has_trial) register_trial_hooks();
    if (!lines.required.empty()) register_second_factor_hooks();
    if (others_ask = do_others_ask(); others_ask)
      ap_hook_force_authn(force_authn, nullptr, nullptr, APR_HOOK_MIDDLE);
    apr_hook_debug_current = module;
    apr_hook_sort_all();
    return OK;
  });
}

void register_hooks(apr_pool_t* pool) {
  ap_hook_pre_config(pre_config, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_check_config(check_config, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_check_config(register_hooks_in_use, nullptr, nullptr, APR_HOOK_REALLY_LAST);
  ap_hook_test_config(explain, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_test_config(replay, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_open_logs(open_logs, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_post_config(post_config, kTls, nullptr, APR_HOOK_MIDDLE);
  ap_hook_child_init(child_init, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_pre_connection(make_connection, nullptr, kTls, APR_HOOK_MIDDLE);
  // mod_ssl's external hook: APR finds it by name, so its header is not needed.
  apr_optional_hook_add("pre_handshake", reinterpret_cast<void (*)()>(take_ssl), nullptr, nullptr,
                        APR_HOOK_MIDDLE);

  ap_hook_post_perdir_config(separate_from_refused, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_insert_error_filter(insert_error_filter, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_check_access(check_access, kTls, kAuthorization, APR_HOOK_MIDDLE,
                       AP_AUTH_INTERNAL_PER_CONF);
  ap_hook_check_access_ex(check_access_ex, kTls, kAuthorization, APR_HOOK_FIRST,
                          AP_AUTH_INTERNAL_PER_CONF);
  ap_hook_check_authn(check_authn, nullptr, nullptr, kBeforeAll, AP_AUTH_INTERNAL_PER_CONF);
  ap_hook_check_authn(end_authn_sufficient, kTls, nullptr, kBeforeMiddle,
                      AP_AUTH_INTERNAL_PER_CONF);
  ap_hook_check_authn(end_authn_alone, kTls, kAuthentication, APR_HOOK_REALLY_LAST,
                      AP_AUTH_INTERNAL_PER_CONF);
  ap_hook_check_authz(check_authz, nullptr, nullptr, kBeforeAll, AP_AUTH_INTERNAL_PER_CONF);
  ap_hook_fixups(fixups, nullptr, kReaders, APR_HOOK_FIRST);
  ap_hook_fixups(fixups_last, kReplacers, nullptr, APR_HOOK_REALLY_LAST);
  ap_hook_handler(pages, nullptr, nullptr, APR_HOOK_MIDDLE);
  ap_hook_log_transaction(count_request, nullptr, nullptr, APR_HOOK_MIDDLE);
  register_require_providers(pool);
}

}  // namespace
}  // namespace certmap

extern "C" {

// Written out, because <IfModule mod_certmap.c> is what administrators expect to work.
__attribute__((visibility("default"))) module AP_MODULE_DECLARE_DATA certmap_module = {
    .version = MODULE_MAGIC_NUMBER_MAJOR,
    .minor_version = MODULE_MAGIC_NUMBER_MINOR,
    .module_index = -1,
    .name = "mod_certmap.c",
    .dynamic_load_handle = nullptr,
    .next = nullptr,
    .magic = MODULE_MAGIC_COOKIE,
    .rewrite_args = nullptr,
    .create_dir_config = certmap::create_dir_config,
    .merge_dir_config = certmap::merge_dir_config,
    .create_server_config = certmap::create_server_config,
    .merge_server_config = certmap::merge_server_config,
    .cmds = certmap::kDirectives,
    .register_hooks = certmap::register_hooks,
    .flags = 0,
};
}
