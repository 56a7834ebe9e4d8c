#include "core/audit/fields.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/certificate/account.h"
#include "core/text/calendar.h"
#include "core/text/encodings.h"
#include "core/text/visible.h"

namespace certmap {
namespace {

constexpr std::size_t kNamesRoom = 512;
constexpr std::size_t kUsualAltName = 64;  ///< octets
constexpr std::string_view kTruncated = R"(,"truncated":true)";
constexpr std::string_view kRulesTried = R"(,"rules_tried":)";

using Line = JsonLine;
using Facts = EventFacts;

std::string timestamp(std::int64_t time_us) {
  const std::chrono::microseconds time(time_us);
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(time - second);
  return utc_text(second.count(), static_cast<int>(rest.count()));
}

template <std::string CertificateText::*value>
void write_certificate(Line& line, Facts& event) {
  if (event.certificate_text) line.json(event.certificate_text->*value);
}

/// `certmap.cache`
std::string_view cache_word(std::optional<AnswerFrom> from) {
  if (!from) return {};
  return from == AnswerFrom::Source ? "none" : word(*from);
}

/// The text of those that are none; empty of others.
std::string made_text(const SubjectAltName& san) {
  switch (san.attribute.kind) {
    case AttributeKind::Dirname:
      return to_text(san.name, NameStyle::Rfc4514);
    case AttributeKind::OtherName:
      return hex(std::string_view(san.text).substr(0, kMaxAuditLine));
    default:
      return {};
  }
}

void append_alt_name(std::string& list, const SubjectAltName& san) {
  list += R"({"type":)";
  append_json(list, name_of(san.attribute));
  list += R"(,"value":)";
  const auto made = made_text(san);
  append_json(list, std::string_view(made.empty() ? san.text : made).substr(0, kMaxAuditLine));
  list += '}';
}

/// Alternative names have the room that all other fields leave.
void write_alt_names(Line& line, Facts& event) {
  if (!event.certificate) return;
  const auto rules = event.rules_tried.empty() ? 0 : kRulesTried.size() + event.rules_tried.size();
  const auto rest = line.length_with(rules + (event.truncated ? kTruncated.size() : 0));
  const auto room = kMaxAuditLine - std::min(rest, kMaxAuditLine);
  const auto& usual = event.certificate_text->alt_names;
  if (!usual.empty() && usual.size() <= room) return line.json(usual);
  line.json(alt_names_json(event.certificate->alt_names, room, event.truncated));
}

std::string_view outcome_of(const Facts& event) {
  if (event.tried) return "unknown";
  return event.success ? "success" : "failure";
}

/// Empty: nobody came in.
std::string_view account_of(const Facts& event) {
  if (event.in_force) return event.in_force->account;
  return event.success ? std::string_view(event.decision.account) : "";
}

void write_groups(Line& line, Facts& event, const std::vector<std::string>& groups) {
  line.json(names_json(groups, event.truncated));
}

constexpr EventField kRows[] = {
    {"@timestamp",
     [](Line& line, Facts& event) {
       if (event.source.time_us) line.plain(timestamp(*event.source.time_us));
     }},
    {"ecs.version", [](Line& line, Facts&) { line.plain("8.11.0"); }},
    {"event.kind", [](Line& line, Facts&) { line.plain("event"); }},
    {"event.category", [](Line& line, Facts& event) { line.only(event.category); }},
    {"event.type", [](Line& line, Facts& event) { line.only(event.type); }},
    {"event.action", [](Line& line, Facts& event) { line.plain(event.action); }},
    {"event.outcome", [](Line& line, Facts& event) { line.plain(outcome_of(event)); }},
    {"event.reason", [](Line& line, Facts& event) { line.plain(event.reason); }},
    {"event.sequence", [](Line& line, Facts& event) { line.number(event.source.sequence); }},
    {"user.name",
     [](Line& line, Facts& event) { line.text(cut_text(account_of(event), kMaxAccountLength)); }},
    {"file.path", [](Line& line, Facts& event) { line.text(event.path); }, true},
    {"server.address",
     [](Line& line, Facts& event) { line.text(cut_text(event.server, kMaxAuditLine / 4)); }},
    {"error.message",
     [](Line& line, Facts& event) { line.text(cut_text(event.message, kMaxAuditLine)); }, true},
    {"source.ip", [](Line& line, Facts& event) { line.text(event.request.source_ip); }},
    {"source.port",
     [](Line& line, Facts& event) {
       if (event.request.source_port != 0) line.number(event.request.source_port);
     }},
    {"client.ip", [](Line& line, Facts& event) { line.text(event.request.client_ip); }},
    {"tls.version", [](Line& line, Facts& event) { line.text(event.request.tls_version); }},
    {"tls.resumed", [](Line& line, Facts& event) { line.boolean(event.request.tls_resumed); }},
    {"tls.client.hash.sha256", write_certificate<&CertificateText::sha256>},
    {"tls.client.x509.subject.distinguished_name", write_certificate<&CertificateText::subject>,
     true},
    {"tls.client.x509.issuer.distinguished_name", write_certificate<&CertificateText::issuer>,
     true},
    {"tls.client.x509.serial_number", write_certificate<&CertificateText::serial>, true},
    {"tls.client.x509.not_before", write_certificate<&CertificateText::not_before>},
    {"tls.client.x509.not_after", write_certificate<&CertificateText::not_after>},
    {"rule.name", [](Line& line, Facts& event) { line.text(event.decision.rule); }, true},
    {"url.domain", [](Line& line, Facts& event) { line.text(event.request.url_domain); }, true},
    {"url.path", [](Line& line, Facts& event) { line.text(event.request.url_path); }, true},
    {"http.request.id", [](Line& line, Facts& event) { line.text(event.request.request_id); },
     true},
    {"http.request.method", [](Line& line, Facts& event) { line.text(event.request.method); },
     true},
    {"service.name", [](Line& line, Facts& event) { line.text(event.request.service_name); }, true},
    {"host.name", [](Line& line, Facts& event) { line.text(event.source.host_name); }, true},
    {"process.pid", [](Line& line, Facts& event) { line.number(event.source.pid); }},
    {"certmap.strength",
     [](Line& line, Facts& event) {
       if (event.success && event.decision.reason == Reason::Mapped)
         line.plain(word(event.decision.strength));
     }},
    {"certmap.backend", [](Line& line, Facts& event) { line.text(event.decision.backend); }},
    {"certmap.cache", [](Line& line, Facts& event) { line.plain(cache_word(event.request.from)); }},
    {"certmap.key", [](Line& line, Facts& event) { line.text(event.key); }, true},
    {"certmap.map_generation",
     [](Line& line, Facts& event) { line.number(event.decision.map_generation); }},
    {"certmap.groups",
     [](Line& line, Facts& event) {
       if (event.in_force && event.in_force->is_mapped)
         write_groups(line, event, event.decision.groups);
     }},
    {"certmap.trial.reason",
     [](Line& line, Facts& event) {
       if (event.tried) line.plain(word(event.tried->reason));
     }},
    {"certmap.trial.account",
     [](Line& line, Facts& event) {
       if (event.tried) line.text(event.tried->account);
     }},
    {"certmap.trial.rule",
     [](Line& line, Facts& event) {
       if (event.tried) line.text(event.tried->rule);
     },
     true},
    {"certmap.trial.groups",
     [](Line& line, Facts& event) {
       if (event.tried) write_groups(line, event, event.tried->groups);
     }},
    {"certmap.revoked.at",
     [](Line& line, Facts& event) {
       if (event.decision.revoked) line.plain(utc_text(event.decision.revoked->at));
     }},
    {"certmap.revoked.reason",
     [](Line& line, Facts& event) {
       if (event.decision.revoked) line.plain(event.decision.revoked->reason);
     }},
    {"certmap.revoked.crl",
     [](Line& line, Facts& event) {
       if (event.decision.revoked)
         line.text(cut_text(event.decision.revoked->crl, kMaxAuditLine / 4));
     },
     true},
    {"certmap.san", write_alt_names},
    {"certmap.rules_tried", [](Line& line, Facts& event) { line.json(event.rules_tried); }},
    {"certmap.truncated",
     [](Line& line, Facts& event) {
       if (event.truncated) line.boolean(true);
     }},
};

template <std::size_t count>
consteval std::array<EventField, count> in_a_row(const EventField (&rows)[count]) {
  auto fields = std::to_array(rows);
  for (std::size_t i = 1; i < count; ++i)
    fields[i].shared = fields[i].name.shared(rows[i - 1].name);
  return fields;
}

constexpr auto kFields = in_a_row(kRows);

}  // namespace

std::span<const EventField> event_fields() { return kFields; }

std::string names_json(std::span<const std::string> names, bool& truncated) {
  std::string list;
  for (const auto& name : names) {
    if (list.size() + name.size() + std::string_view(R"(,"")").size() > kNamesRoom) {
      truncated = true;
      break;
    }
    list += list.empty() ? '[' : ',';
    append_json(list, name);
  }
  return list.empty() ? list : list + ']';
}

std::string alt_names_json(std::span<const SubjectAltName> names, std::size_t room,
                           bool& truncated) {
  std::string list;
  list.reserve(std::min(names.size() * kUsualAltName, room));
  std::size_t last = 0;
  for (const auto& name : names) {
    const auto length = list.size();
    list += list.empty() ? '[' : ',';
    append_alt_name(list, name);
    if (list.size() + 1 > room) {
      list.resize(length);
      if (!std::exchange(truncated, true) && length + 1 + kTruncated.size() > room)
        list.resize(last);
      break;
    }
    last = length;
  }
  return list.empty() ? list : list + ']';
}

}  // namespace certmap
