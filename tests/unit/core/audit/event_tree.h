// An `authenticate` event as a tree that the library makes and writes: what the line must say.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "core/audit/event.h"
#include "core/text/calendar.h"
#include "core/text/encodings.h"
#include "core/text/json.h"
#include "core/text/visible.h"

namespace certmap {

class EventTree {
 public:
  using Json = nlohmann::ordered_json;

  EventTree(const EventSource& source, const EventRequest& request, const Decision& decision,
            const Certificate* certificate) {
    const bool success = decision.reason == Reason::Mapped && request.forbidden.empty();
    set("/@timestamp", utc_text(*source.time_us / 1000000, *source.time_us / 1000 % 1000));
    set("/ecs/version", "8.11.0");
    set("/event/kind", "event");
    set("/event/category/0", "authentication");
    set("/event/type/0", "start");
    set("/event/action", "authenticate");
    set("/event/outcome", success ? "success" : "failure");
    set("/event/reason", word(decision.reason));
    tree_["/event/sequence"_json_pointer] = *source.sequence;
    if (success)
      set("/user/name", cut_text(decision.account, 255));
    else
      set("/error/message",
          cut_text(request.forbidden.empty() ? decision.detail : request.forbidden, 4096));
    set_request(request);
    if (certificate) set_certificate(*certificate);
    set("/rule/name", decision.rule);
    set("/host/name", source.host_name);
    tree_["/process/pid"_json_pointer] = *source.pid;
    if (success) set("/certmap/strength", word(decision.strength));
    set("/certmap/backend", decision.backend);
    if (request.from)
      set("/certmap/cache", *request.from == AnswerFrom::Source ? "none" : word(*request.from));
    set("/certmap/key", cut_text(decision.key, 1024));
    if (decision.map_generation)
      tree_["/certmap/map_generation"_json_pointer] = *decision.map_generation;
    for (const auto& name : decision.rules_tried) tree_["certmap"]["rules_tried"].push_back(name);
    cut_ = decision.key.size() > 1024;
  }

  /// Whether the line says the same, or, where it is marked as cut, a beginning of it.
  bool is_said_by(const std::string& line) const {
    if (line.empty() || line.size() > kMaxAuditLine || line.find('\n') + 1 != line.size())
      return false;
    auto said = parse_json(line);
    const bool cut = said.contains("certmap") && said["certmap"].contains("truncated");
    if (cut) said["certmap"].erase("truncated");
    const auto whole = parse_json(utf8_line(tree_));
    const auto flat = said.flatten();
    for (const auto& [name, value] : flat.items())
      if (!is_same(whole.flatten(), name, value, cut)) return false;
    return cut || (!cut_ && flat.size() == whole.flatten().size());
  }

 private:
  void set(const char* name, std::string_view text) {
    if (!text.empty()) tree_[Json::json_pointer(name)] = text;
  }

  void set_request(const EventRequest& request) {
    set("/source/ip", request.source_ip);
    if (request.source_port != 0) tree_["/source/port"_json_pointer] = request.source_port;
    set("/client/ip", request.client_ip);
    set("/tls/version", request.tls_version);
    if (request.tls_resumed) tree_["/tls/resumed"_json_pointer] = *request.tls_resumed;
    set("/url/domain", request.url_domain);
    set("/url/path", request.url_path);
    set("/http/request/id", request.request_id);
    set("/http/request/method", request.method);
    set("/service/name", request.service_name);
  }

  void set_certificate(const Certificate& certificate) {
    const auto date = [&](const char* name, std::int64_t date) {
      if (date != 0 || !certificate.malformed) set(name, utc_text(date));
    };
    set("/tls/client/hash/sha256", to_upper(hex(certificate.sha256.octets())));
    set("/tls/client/x509/subject/distinguished_name",
        to_text(certificate.subject, NameStyle::Rfc4514));
    set("/tls/client/x509/issuer/distinguished_name",
        to_text(certificate.issuer, NameStyle::Rfc4514));
    set("/tls/client/x509/serial_number", to_upper(hex(certificate.serial)));
    date("/tls/client/x509/not_before", certificate.not_before);
    date("/tls/client/x509/not_after", certificate.not_after);
    for (const auto& san : certificate.alt_names)
      tree_["certmap"]["san"].push_back({{"type", name_of(san.attribute)}, {"value", text(san)}});
  }

  static std::string text(const SubjectAltName& san) {
    if (san.attribute.kind == AttributeKind::Dirname) return to_text(san.name, NameStyle::Rfc4514);
    return san.attribute.kind == AttributeKind::OtherName ? hex(san.text) : san.text;
  }

  static std::string to_upper(std::string text) {
    for (char& c : text)
      if (c >= 'a' && c <= 'z') c -= 'a' - 'A';
    return text;
  }

  static bool is_same(const Json& whole, const std::string& name, const Json& value, bool cut) {
    if (!whole.contains(name)) return false;
    if (whole[name] == value) return true;
    return cut && value.is_string() && name != "/tls/client/hash/sha256" && name != "/user/name" &&
           whole[name].get<std::string>().starts_with(value.get<std::string>());
  }

  Json tree_;
  bool cut_ = false;
};

}  // namespace certmap
