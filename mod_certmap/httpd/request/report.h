// Tells audit log and error log what was decided. Any thread may write; a request is reported by
// the one that serves it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "core/audit/event.h"
#include "httpd/request/request_state.h"

namespace certmap {

/// mod_unique_id's; empty: it is not loaded.
std::string_view request_id(const request_rec* r);

/// The request's part of an event, in its pool. `certificate` is the client's; null: that, or its
/// connection, may not be there any more.
EventRequest describe(request_rec* r, const ClientCertificate* certificate);
/// Where and when an event is made that is written now.
EventSource event_source(const Configuration& configuration, std::uint64_t sequence);

/// Asks Require, whose complaints about that are not for the error log; `hook` is the one of httpd
/// that answers for it.
template <typename Hook>
int ask_silently(request_rec* r, Hook hook) {
  const ap_logconf silent{.module_levels = nullptr, .level = APLOG_EMERG};
  const auto* log = std::exchange(r->log, &silent);
  const int status = hook(r);
  r->log = log;
  return status;
}

/// Whether httpd would let the request in without an account; not asked where that makes no
/// difference to its events. To be called before the request has its account.
bool is_open_to_everyone(request_rec* r, RequestState& state);

/// Writes the event of an account that was let in, once per connection, rules and account. Returns
/// false where it could not be written and CertMapAuditFailure is deny.
bool report_success(request_rec* r, RequestState& state);

/// Who refuses a mapped account, in events.
inline constexpr const char* kRequire = "Require";
inline constexpr const char* kRequireOrOther = "Require or another module";
/// The text of error.message.
std::string refused_by(std::string_view refuser, const Decision& decision);
/// Writes the event of a mapped account that `refuser` did not let in. Returns false as above.
bool report_forbidden(request_rec* r, RequestState& state, std::string_view refuser);

/// Writes event and error-log line of a refusal. Returns false as above.
bool report_refusal(request_rec* r, RequestState& state);

/// The same for a request of which an index was refused; the answer is on its way, whatever becomes
/// of the event.
void report_refused_index(request_rec* r, RefusedIndex& index);

/// Writes the error-log line of a certificate that no rule maps where the AuthType may still let
/// the client in.
void report_fallback(request_rec* r, const Decision& decision);

/// Writes an event that belongs to no request to every audit log of the configuration.
void write_server_event(const Configuration& configuration, const ServerEvent& event,
                        server_rec* s);

}  // namespace certmap
