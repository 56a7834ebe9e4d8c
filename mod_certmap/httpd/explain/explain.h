// certmapctl explain: what this configuration decides for a certificate, asked by `httpd -t -D
// CERTMAP_EXPLAIN=QUERY` and answered on standard output (docs/architecture.md).
// All of httpd/explain/ runs on the one thread of that process, which serves nobody and ends soon.
#pragma once

#include "httpd/base/apache.h"

namespace certmap {

/// Does nothing unless a query was given. Writes nothing but its answer.
void explain(apr_pool_t* pconf, server_rec* main_server);

}  // namespace certmap
