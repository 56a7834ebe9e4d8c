// Audit events: one JSON object a line, in Elastic Common Schema's field names (docs/audit.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/certificate/certificate.h"
#include "core/rule/decision.h"

namespace certmap {

/// What every event says of one certificate: values of fields, as JSON; empty: there is none.
struct CertificateText {
  explicit CertificateText(const Certificate& certificate);

  std::string sha256, subject, issuer, serial, not_before, not_after;
  std::string alt_names;  ///< only where they are few, and fit into a line
};

/// The longest line, in octets with its newline: a pipe or an appending write takes it whole.
inline constexpr std::size_t kMaxAuditLine = 4096;

/// What every event says of where it was made. Only what is not written (docs/tools.md) lacks some.
struct EventSource {
  std::optional<std::int64_t> time_us;  ///< microseconds since 1970
  std::optional<std::uint64_t> sequence;
  std::string_view host_name;
  std::optional<long> pid;
};

/// The request's part of an `authenticate` event. What is empty is left out.
struct EventRequest {
  std::string_view source_ip;
  int source_port = 0;
  std::string_view client_ip;    ///< for whom the peer speaks, where it says so; else empty
  std::string_view tls_version;  ///< as ECS has it: "1.3"
  std::optional<bool> tls_resumed;
  std::string_view url_domain, url_path, method, request_id, service_name;
  std::optional<AnswerFrom> from;
  std::string_view forbidden;  ///< by what a mapped account was not let in
};

/// `certificate` null: the client sent none. `certificate_text` is that of the certificate; null:
/// it is made for this event. The result ends with a newline and is at most kMaxAuditLine bytes;
/// `certmap.truncated` says where something was cut. Any thread may call it.
std::string authentication_event(const EventSource& source, const EventRequest& request,
                                 const Decision& decision, const Certificate* certificate,
                                 const CertificateText* certificate_text = nullptr);

/// The same for rules that would have decided otherwise than what is in force.
std::string trial_event(const EventSource& source, const EventRequest& request,
                        const RequestOutcome& in_force, const Decision& tried,
                        const Certificate& certificate);

/// An event that belongs to no request. `action`: start, map_reload, map_reload_failed,
/// crl_reload, crl_reload_failed, crl_stale, backend_down, backend_up. What is empty is left out.
struct ServerEvent {
  std::string_view action;
  bool success = true;
  std::string_view backend;  ///< "file", "ldap", "crl"
  std::string_view server;   ///< server.address: the directory's servers
  std::string_view path;     ///< file.path
  std::string_view message;  ///< what went wrong
  std::optional<std::uint64_t> map_generation;
};
std::string server_event(const EventSource& source, const ServerEvent& event);

/// True where a text of that many bytes in such a line may be what is left of a longer one.
bool may_be_cut(std::size_t length);

}  // namespace certmap
