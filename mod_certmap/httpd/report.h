// Tells audit log and error log what was decided.
#pragma once

#include <string_view>

#include "core/audit_event.h"
#include "httpd/request_state.h"

namespace certmap {

/// mod_unique_id's; empty: it is not loaded.
std::string_view request_id(const request_rec* r);

/// The event of an accepted account, once per connection, rules and account. False: it could not be
/// written and CertMapAuditFailure is deny.
bool report_success(request_rec* r, RequestState& state);

/// Event and error-log line of a refusal. False as above.
bool report_refusal(request_rec* r, RequestState& state, const Decision& decision);

/// Error-log line of a certificate that no rule maps where the AuthType may still let the client
/// in.
void report_fallback(request_rec* r, const Decision& decision);

/// An event that belongs to no request: to every audit log of the configuration.
void write_server_event(Configuration& configuration, const ServerEvent& event, server_rec* s);

}  // namespace certmap
