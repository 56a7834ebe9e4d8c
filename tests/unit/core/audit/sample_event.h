// A request, a certificate and decisions about it, and the line that tells of them, for tests to
// change a part of.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/audit/event.h"
#include "core/certificate/certificate.h"
#include "core/rule/decision.h"

namespace certmap::test {

using Json = nlohmann::ordered_json;

inline constexpr EventSource kSource{1795339815678901, 42, "web1.example.com", 1234};

inline EventRequest request() {
  EventRequest request;
  request.source_ip = "192.0.2.7";
  request.source_port = 50123;
  request.tls_version = "1.3";
  request.tls_resumed = false;
  request.url_domain = "intranet.example.com";
  request.url_path = "/wiki/";
  request.method = "GET";
  request.request_id = "aBcDeF";
  request.service_name = "intranet.example.com";
  request.from = AnswerFrom::Source;
  return request;
}

inline Name name(const std::string& common_name) {
  return {{{"\x55\x04\x0a", "Example", ""}}, {{"\x55\x04\x03", common_name, ""}}};
}

inline SubjectAltName alt_name(AttributeKind kind, const std::string& text) {
  SubjectAltName alt_name;
  alt_name.attribute.kind = kind;
  alt_name.text = text;
  return alt_name;
}

inline SubjectAltName email(const std::string& address) {
  return alt_name(AttributeKind::Email, address);
}

inline Certificate certificate() {
  Certificate certificate;
  certificate.sha256 = std::string(31, '\xab') + '\x01';
  certificate.not_before = 1767225600;
  certificate.not_after = 1798761599;
  certificate.subject = name("Alice");
  certificate.issuer = name("CA");
  certificate.serial = "\x0a\x1b";
  certificate.alt_names = {email("alice@example.com")};
  return certificate;
}

inline const std::vector<std::string> kRulesTried = {"partners", "staff"};

inline Decision mapped() {
  Decision decision;
  decision.reason = Reason::Mapped;
  decision.account = "alice";
  decision.rule = "staff";
  decision.strength = Strength::Issuer;
  decision.backend = "file";
  decision.key = "email:alice@example.com";
  decision.map_generation = 3;
  decision.rules_tried = kRulesTried;
  return decision;
}

inline Decision refused() {
  Decision decision = mapped();
  decision.reason = Reason::DeniedByRule;
  return decision;
}

inline std::string line(const EventRequest& request, const Certificate& certificate) {
  return authentication_event(kSource, request, mapped(), &certificate);
}

inline std::string line_with_subject(const std::string& common_name) {
  Certificate certificate = test::certificate();
  certificate.subject = name(common_name);
  return line(request(), certificate);
}

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace certmap::test
