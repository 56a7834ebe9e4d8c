/* A TLS module that says of every connection that it is one of TLS, and nothing else. */
#include <httpd.h>
#include <http_config.h>
#include <http_ssl.h>

static int is_ssl(conn_rec *c) { (void)c; return OK; }

static void register_hooks(apr_pool_t *pool)
{
    (void)pool;
    ap_hook_ssl_conn_is_ssl(is_ssl, NULL, NULL, APR_HOOK_FIRST);
}

AP_DECLARE_MODULE(silent_tls) = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL, register_hooks
};
