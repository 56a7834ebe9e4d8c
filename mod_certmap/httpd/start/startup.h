// What happens once a configuration is to be put in force. Each name is that of httpd's hook; only
// child_init runs in children, before their threads start.
#pragma once

#include "httpd/config/config.h"

namespace certmap {

int pre_config(apr_pool_t* pconf, apr_pool_t* plog, apr_pool_t* ptemp);
int open_logs(apr_pool_t* pconf, apr_pool_t* plog, apr_pool_t* ptemp, server_rec* s);
int post_config(apr_pool_t* pconf, apr_pool_t* plog, apr_pool_t* ptemp, server_rec* s);
void child_init(apr_pool_t* pchild, server_rec* s);

}  // namespace certmap
