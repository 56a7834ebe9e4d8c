#include "core/audit/event.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "core/audit/json_fields.h"
#include "core/audit/line.h"
#include "core/certificate/account.h"
#include "core/certificate/conversion.h"
#include "core/text/calendar.h"
#include "core/text/cut_text.h"

namespace certmap {
namespace {

using Json = nlohmann::ordered_json;
using Fields = JsonFields;

/// What an entry of a list costs besides its texts: quotes, names, braces, comma.
constexpr std::size_t kAltNameOverhead = sizeof(R"({"type":"","value":""},)") - 1;
constexpr std::size_t kNameOverhead = sizeof(R"("",)") - 1;
/// Of a thousand rules that were tried, each event would else spend most of its line on them.
constexpr std::size_t kRulesTriedRoom = 512;
constexpr std::size_t kMaxKey = 1024;

Fields only(const char* name, std::string_view value) {
  Fields fields(1);
  fields.text(name, value);
  return fields;
}

std::string timestamp(std::int64_t time_us) {
  const std::chrono::microseconds time(time_us);
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(time - second);
  return utc_text(second.count(), static_cast<int>(rest.count()));
}

std::string upper_hex(std::string_view octets) {
  std::string text = hex(octets.substr(0, kMaxAuditLine / 2));
  for (char& digit : text) {
    if (digit >= 'a') digit -= 'a' - 'A';
  }
  return text;
}

std::string text_of(const SubjectAltName& san) {
  switch (san.attribute.kind) {
    case AttributeKind::Dirname:
      return to_text(san.name, NameStyle::Rfc4514);
    case AttributeKind::OtherName:
      return hex(std::string_view(san.text).substr(0, kMaxAuditLine));
    default:
      return san.text;
  }
}

/// The room that a line has for the entries of a list; what does not fit can be left out at once.
class Room {
 public:
  explicit Room(std::size_t length) : left_(length) {}
  bool take(std::size_t length) {
    if (length > left_) return false;
    left_ -= length;
    return true;
  }

 private:
  std::size_t left_;
};

/// `truncated` is set where the list is not whole.
Json::array_t alt_names(const Certificate& certificate, bool& truncated) {
  Json::array_t list;
  list.reserve(std::min(certificate.alt_names.size(), kMaxAuditLine / kAltNameOverhead));
  Room room(kMaxAuditLine);
  for (const SubjectAltName& san : certificate.alt_names) {
    const std::string value = text_of(san);
    if (!room.take(value.size() + kAltNameOverhead)) {
      truncated = true;
      break;
    }
    list.push_back(Fields(2).text("type", name_of(san.attribute)).text("value", value).take());
  }
  return list;
}

Json::array_t names(std::span<const std::string> names, bool& truncated) {
  Json::array_t list;
  list.reserve(std::min(names.size(), kRulesTriedRoom / (kNameOverhead + 1)));
  Room room(kRulesTriedRoom);
  for (const std::string& name : names) {
    if (!room.take(name.size() + kNameOverhead)) {
      truncated = true;
      break;
    }
    list.emplace_back(name);
  }
  return list;
}

struct Kind {
  const char* category;
  const char* type;  ///< one that ECS expects in this category
  std::string_view action;
  bool success;
  std::string_view reason;
};

Fields head(const EventSource& source, const Kind& kind) {
  Fields event(7);
  event.text("kind", "event")
      .list("category", {kind.category})
      .list("type", {kind.type})
      .text("action", kind.action)
      .text("outcome", kind.success ? "success" : "failure")
      .text("reason", kind.reason)
      .value("sequence", source.sequence);
  Fields fields(14);
  fields.text("@timestamp", source.time_us ? timestamp(*source.time_us) : "")
      .fields("ecs", only("version", "8.11.0"))
      .fields("event", std::move(event));
  return fields;
}

void add_place(Fields& fields, const EventSource& source) {
  fields.fields("host", only("name", source.host_name))
      .fields("process", std::move(Fields(1).value("pid", source.pid)));
}

/// A date that could not be read is 0.
void add_date(Fields& x509, const char* name, std::int64_t date, const Certificate& certificate) {
  if (date != 0 || !certificate.malformed) x509.text(name, utc_text(date));
}

Fields x509(const Certificate& certificate) {
  const auto name = [](const Name& name) {
    return only("distinguished_name", cut_text(to_text(name, NameStyle::Rfc4514), kMaxAuditLine));
  };
  Fields fields(5);
  fields.fields("subject", name(certificate.subject))
      .fields("issuer", name(certificate.issuer))
      .text("serial_number", upper_hex(certificate.serial));
  add_date(fields, "not_before", certificate.not_before, certificate);
  add_date(fields, "not_after", certificate.not_after, certificate);
  return fields;
}

Fields tls(const EventRequest& request, const Certificate* certificate) {
  Fields fields(3);
  fields.text("version", request.tls_version).value("resumed", request.tls_resumed);
  if (certificate == nullptr) return fields;
  Fields client(2);
  client.fields("hash", only("sha256", upper_hex(certificate->sha256)))
      .fields("x509", x509(*certificate));
  fields.fields("client", std::move(client));
  return fields;
}

/// `certmap.cache`
std::string_view cache_word(std::optional<AnswerFrom> from) {
  if (!from) return {};
  return from == AnswerFrom::Source ? "none" : word(*from);
}

bool is_success(const EventRequest& request, const Decision& decision) {
  return decision.reason == Reason::Mapped && request.forbidden.empty();
}

Fields own_fields(const EventRequest& request, const Decision& decision,
                  const Certificate* certificate) {
  // A filter with a whole certificate in it would leave no room for anything else.
  const auto key = cut_text(decision.key, kMaxKey);
  bool truncated = key.size() < decision.key.size();
  Fields fields(8);
  if (is_success(request, decision)) fields.text("strength", word(decision.strength));
  fields.text("backend", decision.backend)
      .text("cache", cache_word(request.from))
      .text("key", key)
      .value("map_generation", decision.map_generation);
  if (certificate != nullptr) fields.list("san", alt_names(*certificate, truncated));
  fields.list("rules_tried", names(decision.rules_tried, truncated));
  if (truncated) fields.value("truncated", true);
  return fields;
}

void add_request(Fields& fields, const EventRequest& request) {
  Fields url(2);
  url.text("domain", request.url_domain).text("path", request.url_path);
  Fields http(2);
  http.text("id", request.request_id).text("method", request.method);
  fields.fields("url", std::move(url))
      .fields("http", std::move(Fields(1).fields("request", std::move(http))))
      .fields("service", only("name", request.service_name));
}

}  // namespace

std::string authentication_event(const EventSource& source, const EventRequest& request,
                                 const Decision& decision, const Certificate* certificate) {
  const bool success = is_success(request, decision);
  Fields fields =
      head(source, {"authentication", "start", "authenticate", success, word(decision.reason)});
  if (success) {
    const std::string_view account = cut_text(decision.account, kMaxAccountLength);
    fields.fields("user", only("name", account));
  } else {
    const std::string_view why =
        request.forbidden.empty() ? std::string_view(decision.detail) : request.forbidden;
    fields.fields("error", only("message", cut_text(why, kMaxAuditLine)));
  }
  Fields peer(2);
  peer.text("ip", request.source_ip);
  if (request.source_port != 0) peer.value("port", request.source_port);
  fields.fields("source", std::move(peer))
      .fields("client", only("ip", request.client_ip))
      .fields("tls", tls(request, certificate))
      .fields("rule", only("name", decision.rule));
  add_request(fields, request);
  add_place(fields, source);
  fields.fields("certmap", own_fields(request, decision, certificate));
  return audit_line(fields.take());
}

std::string server_event(const EventSource& source, const ServerEvent& event) {
  const char* type = event.action == "map_reload" ? "change" : "info";
  Fields fields = head(source, {"configuration", type, event.action, event.success, {}});
  fields.fields("file", only("path", event.path))
      .fields("server", only("address", cut_text(event.server, kMaxAuditLine / 4)))
      .fields("error", only("message", cut_text(event.message, kMaxAuditLine)));
  add_place(fields, source);
  Fields own(3);
  own.text("backend", event.backend).value("map_generation", event.map_generation);
  fields.fields("certmap", std::move(own));
  return audit_line(fields.take());
}

}  // namespace certmap
