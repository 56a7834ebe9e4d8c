// What happens to a configuration that was read. Each name is that of httpd's hook; only child_init
// runs in children, before their threads start.
#pragma once

#include "httpd/base/apache.h"

namespace certmap {

int pre_config(apr_pool_t* pconf, apr_pool_t* plog, apr_pool_t* ptemp);
/// Checks what can only be checked when all lines were read; `httpd -t` runs it as well.
int check_config(apr_pool_t* pconf, apr_pool_t* plog, apr_pool_t* ptemp, server_rec* s);
int open_logs(apr_pool_t* pconf, apr_pool_t* plog, apr_pool_t* ptemp, server_rec* s);
int post_config(apr_pool_t* pconf, apr_pool_t* plog, apr_pool_t* ptemp, server_rec* s);
void child_init(apr_pool_t* pchild, server_rec* s);

}  // namespace certmap
