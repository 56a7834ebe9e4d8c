// certmapctl explain: what this configuration decides for a certificate, asked by `httpd -t -D
// CERTMAP_EXPLAIN=QUERY` and answered on standard output; certmapctl replay: the same by the
// thousand, from standard input (docs/architecture.md, core/explain/replay.h).
// All of httpd/explain/ runs on the one thread of that process, which serves nobody and ends soon.
#pragma once

#include <string>

#include "core/explain/protocol.h"
#include "httpd/explain/as_json.h"
#include "httpd/explain/tls_verify.h"

namespace certmap {

/// What this configuration decides. prepare_for_requests() was called. Throws ConfigError for a
/// question that is none. `query` and `pool` outlive what it returns; `trusts` are those of the
/// questions before.
Explanation explanation_of(apr_pool_t* pool, server_rec* main_server, const ExplainQuery& query,
                           TlsTrusts& trusts);

/// On a line of its own, whatever else httpd and other modules print.
void print_answer(const std::string& answer);

/// Each does nothing unless it was asked for. Writes nothing but its answers.
void explain(apr_pool_t* pconf, server_rec* main_server);
void replay(apr_pool_t* pconf, server_rec* main_server);

}  // namespace certmap
