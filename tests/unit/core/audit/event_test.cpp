#include "core/audit/event.h"

#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/audit/certificate_text.h"
#include "core/audit/event_tree.h"
#include "core/text/json.h"

using namespace certmap;
using Json = nlohmann::ordered_json;

namespace {

const EventSource kSource{1795339815678901, 42, "web1.example.com", 1234};

EventRequest request() {
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

Name name(const std::string& common_name) {
  return {{{"\x55\x04\x0a", "Example", ""}}, {{"\x55\x04\x03", common_name, ""}}};
}

SubjectAltName alt_name(AttributeKind kind, const std::string& text) {
  SubjectAltName alt_name;
  alt_name.attribute.kind = kind;
  alt_name.text = text;
  return alt_name;
}

SubjectAltName email(const std::string& address) { return alt_name(AttributeKind::Email, address); }

Certificate certificate() {
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

const std::vector<std::string> kRulesTried = {"partners", "staff"};

Decision mapped() {
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

Decision refused() {
  Decision decision = mapped();
  decision.reason = Reason::DeniedByRule;
  return decision;
}

std::string line(const EventRequest& request, const Certificate& certificate) {
  return authentication_event(kSource, request, mapped(), &certificate);
}

std::string line_with_subject(const std::string& common_name) {
  Certificate certificate = ::certificate();
  certificate.subject = name(common_name);
  return line(request(), certificate);
}

std::string subject_in(const std::string& line) {
  return parse_json(line)["tls"]["client"]["x509"]["subject"]["distinguished_name"];
}

std::vector<SubjectAltName> many_emails(int count) {
  std::vector<SubjectAltName> list;
  for (int i = 0; i < count; ++i) list.push_back(email(std::to_string(i) + "@example.com"));
  return list;
}

ServerEvent about(std::string_view action) {
  ServerEvent event;
  event.action = action;
  return event;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

class AuditEventTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(AuditEventTest);
  CPPUNIT_TEST(a_success_has_every_field);
  CPPUNIT_TEST(what_is_absent_is_left_out);
  CPPUNIT_TEST(a_failure_names_no_user_and_no_strength);
  CPPUNIT_TEST(an_account_that_is_not_let_in_is_a_failure);
  CPPUNIT_TEST(a_malformed_certificate_is_shown_as_far_as_it_was_read);
  CPPUNIT_TEST(alternative_names_have_the_types_of_the_vocabulary);
  CPPUNIT_TEST(what_is_remembered_of_a_certificate_says_the_same);
  CPPUNIT_TEST(time_is_utc_with_milliseconds);
  CPPUNIT_TEST(invisible_characters_are_escaped);
  CPPUNIT_TEST(visible_characters_stay);
  CPPUNIT_TEST(bytes_that_are_not_utf8_are_replaced);
  CPPUNIT_TEST(a_line_of_4096_bytes_is_whole_and_one_more_is_not);
  CPPUNIT_TEST(alternative_names_are_dropped_first_and_from_the_end);
  CPPUNIT_TEST(of_many_rules_tried_the_first_are_named);
  CPPUNIT_TEST(rules_tried_are_dropped_next_and_from_the_end);
  CPPUNIT_TEST(long_texts_are_cut_last_between_characters);
  CPPUNIT_TEST(a_name_too_long_for_any_line_marks_the_event);
  CPPUNIT_TEST(a_filter_with_a_whole_certificate_leaves_room_for_the_rest);
  CPPUNIT_TEST(hostile_everything_gives_a_short_line_in_time);
  CPPUNIT_TEST(a_reload_is_a_change_of_the_configuration);
  CPPUNIT_TEST(a_failed_reload_says_what_was_wrong);
  CPPUNIT_TEST(start_has_nothing_but_its_place);
  CPPUNIT_TEST(a_client_behind_a_proxy);
  CPPUNIT_TEST(the_line_says_what_the_library_would_write);
  CPPUNIT_TEST(a_trial_tells_of_what_was_in_force_and_of_what_would_be);
  CPPUNIT_TEST(a_trial_beside_others_than_certmap);
  CPPUNIT_TEST(a_trial_with_many_groups_and_long_names_fits_its_line);
  CPPUNIT_TEST(alternative_names_have_all_the_room_that_others_leave);
  CPPUNIT_TEST_SUITE_END();

 public:
  void a_success_has_every_field() {
    CPPUNIT_ASSERT_EQUAL(
        std::string(
            R"({"@timestamp":"2026-11-22T09:30:15.678Z","ecs":{"version":"8.11.0"},)"
            R"("event":{"kind":"event","category":["authentication"],"type":["start"],)"
            R"("action":"authenticate","outcome":"success","reason":"mapped","sequence":42},)"
            R"("user":{"name":"alice"},"source":{"ip":"192.0.2.7","port":50123},)"
            R"("tls":{"version":"1.3","resumed":false,"client":{"hash":{"sha256":")"
            R"(ABABABABABABABABABABABABABABABABABABABABABABABABABABABABABABAB01"},)"
            R"("x509":{"subject":{"distinguished_name":"CN=Alice,O=Example"},)"
            R"("issuer":{"distinguished_name":"CN=CA,O=Example"},"serial_number":"0A1B",)"
            R"("not_before":"2026-01-01T00:00:00Z","not_after":"2026-12-31T23:59:59Z"}}},)"
            R"("rule":{"name":"staff"},"url":{"domain":"intranet.example.com","path":"/wiki/"},)"
            R"("http":{"request":{"id":"aBcDeF","method":"GET"}},)"
            R"("service":{"name":"intranet.example.com"},"host":{"name":"web1.example.com"},)"
            R"("process":{"pid":1234},"certmap":{"strength":"issuer","backend":"file",)"
            R"("cache":"none","key":"email:alice@example.com","map_generation":3,)"
            R"("san":[{"type":"email","value":"alice@example.com"}],)"
            R"("rules_tried":["partners","staff"]}})"
            "\n"),
        line(request(), certificate()));
  }

  void what_is_absent_is_left_out() {
    Decision decision;
    decision.reason = Reason::NoCertificate;
    CPPUNIT_ASSERT_EQUAL(
        std::string(R"({"@timestamp":"2026-11-22T09:30:15.678Z","ecs":{"version":"8.11.0"},)"
                    R"("event":{"kind":"event","category":["authentication"],"type":["start"],)"
                    R"("action":"authenticate","outcome":"failure","reason":"no_certificate",)"
                    R"("sequence":42},"host":{"name":"web1.example.com"},"process":{"pid":1234}})"
                    "\n"),
        authentication_event(kSource, {}, decision, nullptr));
  }

  void a_failure_names_no_user_and_no_strength() {
    const Certificate certificate = ::certificate();
    const Json event =
        parse_json(authentication_event(kSource, request(), refused(), &certificate));
    CPPUNIT_ASSERT_EQUAL(std::string("failure"), event["event"]["outcome"].get<std::string>());
    CPPUNIT_ASSERT_EQUAL(std::string("denied_by_rule"),
                         event["event"]["reason"].get<std::string>());
    CPPUNIT_ASSERT(!event.contains("user"));
    CPPUNIT_ASSERT(!event["certmap"].contains("strength"));
  }

  void an_account_that_is_not_let_in_is_a_failure() {
    auto refused_elsewhere = request();
    refused_elsewhere.forbidden = "Require refused the account alice";
    const auto event = parse_json(line(refused_elsewhere, certificate()));
    CPPUNIT_ASSERT_EQUAL(std::string("failure"), event["event"]["outcome"].get<std::string>());
    CPPUNIT_ASSERT_EQUAL(std::string("mapped"), event["event"]["reason"].get<std::string>());
    CPPUNIT_ASSERT_EQUAL(std::string("Require refused the account alice"),
                         event["error"]["message"].get<std::string>());
    CPPUNIT_ASSERT(!event.contains("user") && !event["certmap"].contains("strength"));
    CPPUNIT_ASSERT_EQUAL(std::string("staff"), event["rule"]["name"].get<std::string>());
  }

  void a_malformed_certificate_is_shown_as_far_as_it_was_read() {
    Certificate certificate;
    certificate.malformed = "the subject is over 4 KiB";
    certificate.sha256 = std::string(32, '\xff');
    certificate.not_after = 1;
    certificate.issuer = name("CA");
    CPPUNIT_ASSERT(has(line(request(), certificate),
                       R"("client":{"hash":{"sha256":")" + std::string(64, 'F') +
                           R"("},"x509":{"issuer":{"distinguished_name":"CN=CA,O=Example"},)"
                           R"("not_after":"1970-01-01T00:00:01Z"}})"));
  }

  void alternative_names_have_the_types_of_the_vocabulary() {
    Certificate certificate = ::certificate();
    certificate.alt_names = {alt_name(AttributeKind::Dns, "host.example"),
                             alt_name(AttributeKind::Dirname, ""),
                             alt_name(AttributeKind::OtherName, "\x0c\x01\xff")};
    certificate.alt_names[1].name = name("Bob");
    certificate.alt_names[2].attribute.oid = "\x2a\x03";
    CPPUNIT_ASSERT(has(line(request(), certificate),
                       R"("san":[{"type":"dns","value":"host.example"},)"
                       R"({"type":"dirname","value":"CN=Bob,O=Example"},)"
                       R"({"type":"othername.1.2.3","value":"0c01ff"}])"));
  }

  void what_is_remembered_of_a_certificate_says_the_same() {
    for (const char* common_name : {"alice", "quote \" and \\", "\u202e\n", ""}) {
      auto certificate = ::certificate();
      certificate.subject = name(common_name);
      const CertificateText text(certificate);
      CPPUNIT_ASSERT_EQUAL(line(request(), certificate),
                           authentication_event(kSource, request(), mapped(), &certificate, &text));
    }
  }

  void time_is_utc_with_milliseconds() {
    EventSource source = kSource;
    source.time_us = 1709164799007999;
    CPPUNIT_ASSERT(
        has(server_event(source, about("start")), R"("@timestamp":"2024-02-28T23:59:59.007Z")"));
  }

  void invisible_characters_are_escaped() {
    const std::string hostile =
        "\x1b\r\n\x7f\u0085\u009b\u00ad\u061c\u200e\u2028\u2029\u202e\u2066\ufeff";
    EventRequest request = ::request();
    const std::string path = hostile + "\U000e0041" + std::string(1, '\0') + "end";
    request.url_path = path;
    const std::string line = ::line(request, certificate());
    CPPUNIT_ASSERT(has(line, R"(\u001b\r\n\u007f\u0085\u009b\u00ad\u061c\u200e\u2028\u2029)"
                             R"(\u202e\u2066\ufeff\udb40\udc41\u0000end)"));
    CPPUNIT_ASSERT_EQUAL(line.size() - 1, line.find('\n'));
  }

  void visible_characters_stay() {
    CPPUNIT_ASSERT(
        has(line_with_subject("José 漢字 😀 \u00a0~"), "CN=José 漢字 😀 \u00a0~,O=Example"));
  }

  void bytes_that_are_not_utf8_are_replaced() {
    EventRequest request = ::request();
    request.url_path = "/\xff\xc0\xaf/\xe2\x82";
    CPPUNIT_ASSERT(has(line(request, certificate()), "\"path\":\"/\ufffd\ufffd\ufffd/\ufffd\""));
  }

  void a_line_of_4096_bytes_is_whole_and_one_more_is_not() {
    EventRequest request = ::request();
    request.url_path = "";
    const std::size_t rest = line(request, certificate()).size() + sizeof(R"("path":"",)") - 1;
    const std::string path(kMaxAuditLine - rest + 1, '/');
    request.url_path = std::string_view(path).substr(1);
    const std::string whole = line(request, certificate());
    CPPUNIT_ASSERT_EQUAL(kMaxAuditLine, whole.size());
    CPPUNIT_ASSERT(!has(whole, "truncated"));
    request.url_path = path;
    CPPUNIT_ASSERT(has(line(request, certificate()), R"("truncated":true)"));
  }

  void alternative_names_are_dropped_first_and_from_the_end() {
    Certificate certificate = ::certificate();
    certificate.alt_names = many_emails(256);
    const std::string line = ::line(request(), certificate);
    const Json fields = parse_json(line)["certmap"];
    CPPUNIT_ASSERT(fields["truncated"].get<bool>());
    CPPUNIT_ASSERT(line.size() <= kMaxAuditLine && line.size() > kMaxAuditLine - 100);
    CPPUNIT_ASSERT_EQUAL(std::string("0@example.com"),
                         fields["san"][0]["value"].get<std::string>());
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, fields["rules_tried"].size());
  }

  void of_many_rules_tried_the_first_are_named() {
    const Certificate certificate = ::certificate();
    std::vector<std::string> rules(1000, "a-rule");
    rules[0] = "first";
    Decision decision = mapped();
    decision.rules_tried = rules;
    const std::string line = authentication_event(kSource, request(), decision, &certificate);
    const Json fields = parse_json(line)["certmap"];
    CPPUNIT_ASSERT(fields["truncated"].get<bool>());
    CPPUNIT_ASSERT_EQUAL(std::size_t{57}, fields["rules_tried"].size());
    CPPUNIT_ASSERT_EQUAL(std::string("first"), fields["rules_tried"][0].get<std::string>());
    CPPUNIT_ASSERT(fields.contains("san"));
  }

  void rules_tried_are_dropped_next_and_from_the_end() {
    const Certificate certificate = ::certificate();
    const std::vector<std::string> rules(50, "a-rule");
    const std::string path(kMaxAuditLine - line(::request(), certificate).size() - 100, '/');
    EventRequest request = ::request();
    request.url_path = path;
    Decision decision = mapped();
    decision.rules_tried = rules;
    const std::string line = authentication_event(kSource, request, decision, &certificate);
    const Json event = parse_json(line);
    const Json& fields = event["certmap"];
    CPPUNIT_ASSERT(fields["truncated"].get<bool>());
    CPPUNIT_ASSERT(!fields.contains("san"));
    CPPUNIT_ASSERT(fields["rules_tried"].size() > 1 && fields["rules_tried"].size() < 50);
    CPPUNIT_ASSERT(line.size() <= kMaxAuditLine && line.size() > kMaxAuditLine - 100);
    CPPUNIT_ASSERT_EQUAL(path, event["url"]["path"].get<std::string>());
  }

  void long_texts_are_cut_last_between_characters() {
    std::string common_name = "x";
    for (int i = 0; i < 3000; ++i) common_name += "é";
    const std::string line = line_with_subject(common_name);
    const std::string subject = subject_in(line);
    CPPUNIT_ASSERT(line.size() <= kMaxAuditLine);
    CPPUNIT_ASSERT(has(line, R"("truncated":true)"));
    CPPUNIT_ASSERT(subject.size() > 1000);
    CPPUNIT_ASSERT(common_name.find(subject.substr(3)) == 0);
    CPPUNIT_ASSERT(!has(subject, "\ufffd"));
  }

  void a_name_too_long_for_any_line_marks_the_event() {
    Certificate certificate = ::certificate();
    certificate.alt_names = {email("a@example.com"), email(std::string(5000, 'b')),
                             email("c@example.com")};
    const Json fields = parse_json(line(request(), certificate))["certmap"];
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, fields["san"].size());
    CPPUNIT_ASSERT(fields["truncated"].get<bool>());
  }

  void a_filter_with_a_whole_certificate_leaves_room_for_the_rest() {
    Decision decision = mapped();
    decision.key = "(userCertificate;binary=" + std::string(3000, 'x') + ")";
    const Certificate certificate = ::certificate();
    const Json event = parse_json(authentication_event(kSource, request(), decision, &certificate));
    CPPUNIT_ASSERT_EQUAL(decision.key.substr(0, 1024), event["certmap"]["key"].get<std::string>());
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, event["certmap"]["san"].size());
    CPPUNIT_ASSERT(event["certmap"]["truncated"].get<bool>());
  }

  void hostile_everything_gives_a_short_line_in_time() {
    const std::string controls(8192, '\x01');
    const std::string garbage(8192, '\xff');
    Certificate certificate = ::certificate();
    certificate.subject = certificate.issuer = name(controls.substr(0, 4096));
    certificate.serial = garbage;
    certificate.alt_names.assign(256, email(controls.substr(0, 4096)));
    EventRequest request = ::request();
    request.url_domain = request.url_path = request.method = request.request_id = controls;
    request.service_name = garbage;
    const std::vector<std::string> rules(1000, std::string(200, 'r'));
    Decision decision = refused();
    decision.rule = decision.key = controls;
    decision.rules_tried = rules;
    const auto start = std::chrono::steady_clock::now();
    const std::string line = authentication_event(kSource, request, decision, &certificate);
    CPPUNIT_ASSERT(std::chrono::steady_clock::now() - start < std::chrono::milliseconds(500));
    CPPUNIT_ASSERT(line.size() <= kMaxAuditLine);
    const Json event = parse_json(line);
    CPPUNIT_ASSERT_EQUAL(std::size_t{64},
                         event["tls"]["client"]["hash"]["sha256"].get<std::string>().size());
    CPPUNIT_ASSERT(event["certmap"]["truncated"].get<bool>());
  }

  void a_reload_is_a_change_of_the_configuration() {
    ServerEvent event = about("map_reload");
    event.backend = "file";
    event.path = "/etc/staff.map";
    event.map_generation = 7;
    CPPUNIT_ASSERT_EQUAL(
        std::string(R"({"@timestamp":"2026-11-22T09:30:15.678Z","ecs":{"version":"8.11.0"},)"
                    R"("event":{"kind":"event","category":["configuration"],"type":["change"],)"
                    R"("action":"map_reload","outcome":"success","sequence":42},)"
                    R"("file":{"path":"/etc/staff.map"},"host":{"name":"web1.example.com"},)"
                    R"("process":{"pid":1234},"certmap":{"backend":"file","map_generation":7}})"
                    "\n"),
        server_event(kSource, event));
  }

  void a_failed_reload_says_what_was_wrong() {
    ServerEvent event = about("map_reload_failed");
    event.success = false;
    const std::string message = std::string("staff.map:3: ") + std::string(100000, 'x');
    event.message = message;
    const std::string line = server_event(kSource, event);
    const Json json = parse_json(line);
    CPPUNIT_ASSERT(line.size() <= kMaxAuditLine);
    CPPUNIT_ASSERT_EQUAL(std::string("failure"), json["event"]["outcome"].get<std::string>());
    CPPUNIT_ASSERT_EQUAL(std::string("info"), json["event"]["type"][0].get<std::string>());
    CPPUNIT_ASSERT(json["error"]["message"].get<std::string>().starts_with("staff.map:3: xx"));
    CPPUNIT_ASSERT(json["certmap"]["truncated"].get<bool>());
  }

  void start_has_nothing_but_its_place() {
    const Json event = parse_json(server_event(kSource, about("start")));
    CPPUNIT_ASSERT_EQUAL(std::string("start"), event["event"]["action"].get<std::string>());
    CPPUNIT_ASSERT_EQUAL(std::string("configuration"),
                         event["event"]["category"][0].get<std::string>());
    for (const char* absent : {"certmap", "file", "error", "user", "tls"}) {
      CPPUNIT_ASSERT(!event.contains(absent));
    }
  }

  void a_client_behind_a_proxy() {
    EventRequest request = ::request();
    CPPUNIT_ASSERT(!parse_json(line(request, certificate())).contains("client"));
    request.client_ip = "2001:db8::9";
    const auto event = parse_json(line(request, certificate()));
    CPPUNIT_ASSERT_EQUAL(std::string("2001:db8::9"), event["client"]["ip"].get<std::string>());
  }

  void the_line_says_what_the_library_would_write() {
    for (const std::string hostile : {"", "a", "\"\\/\b\f\n\r\t", "\xff\xe2\x82",
                                      "José \u202e\U000e0041", "\x7f\x01", "{\"x\":[1,2]}"}) {
      auto request = ::request();
      request.url_path = request.url_domain = request.method = hostile;
      auto decision = mapped();
      decision.account = decision.rule = decision.key = hostile;
      auto certificate = ::certificate();
      certificate.subject = name(hostile);
      certificate.alt_names = {email(hostile), alt_name(AttributeKind::OtherName, hostile)};
      for (const auto reason : {Reason::Mapped, Reason::NoRuleMatched}) {
        decision.reason = reason;
        const EventTree tree(kSource, request, decision, &certificate);
        const auto line = authentication_event(kSource, request, decision, &certificate);
        CPPUNIT_ASSERT_MESSAGE(line, tree.is_said_by(line));
      }
    }
  }

  void alternative_names_have_all_the_room_that_others_leave() {
    for (std::size_t length = 1; length < 60; ++length) {
      auto certificate = ::certificate();
      certificate.alt_names.assign(150, email(std::string(length, 'x')));
      const EventTree tree(kSource, request(), mapped(), &certificate);
      const auto line = ::line(request(), certificate);
      CPPUNIT_ASSERT_MESSAGE(line, tree.is_said_by(line));
      const auto entry = std::string(R"({"type":"email","value":""},)").size() + length;
      if (has(line, "truncated")) CPPUNIT_ASSERT(line.size() + entry > kMaxAuditLine);
    }
  }

  void a_trial_tells_of_what_was_in_force_and_of_what_would_be() {
    auto decision = mapped();
    decision.groups = {"staff"};
    const RequestOutcome in_force{.account = "alice",
                                  .decision = std::make_shared<const Decision>(decision),
                                  .is_mapped = true};
    auto tried = mapped();
    tried.account = "alice.doe";
    tried.rule = "new";
    tried.groups = {"staff", "admins"};
    const auto event = parse_json(trial_event(kSource, request(), in_force, tried, certificate()));
    CPPUNIT_ASSERT_EQUAL(std::string("unknown"), event["event"]["outcome"].get<std::string>());
    CPPUNIT_ASSERT_EQUAL(std::string("mapped"), event["event"]["reason"].get<std::string>());
    CPPUNIT_ASSERT_EQUAL(std::string("alice"), event["user"]["name"].get<std::string>());
    CPPUNIT_ASSERT_EQUAL(std::string("staff"), event["rule"]["name"].get<std::string>());
    CPPUNIT_ASSERT_EQUAL(std::string(R"(["staff"])"), event["certmap"]["groups"].dump());
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"reason":"mapped","account":"alice.doe","rule":"new",)"
                                     R"("groups":["staff","admins"]})"),
                         event["certmap"]["trial"].dump());
    CPPUNIT_ASSERT(!event["certmap"].contains("strength"));
  }

  void a_trial_beside_others_than_certmap() {
    auto tried = refused();
    tried.account.clear();
    tried.rule.clear();
    tried.detail = "line 3 blocks it";
    const auto event =
        parse_json(trial_event(kSource, request(), {.account = "alice"}, tried, certificate()));
    CPPUNIT_ASSERT(!event["event"].contains("reason") && !event.contains("rule"));
    CPPUNIT_ASSERT_EQUAL(std::string("line 3 blocks it"),
                         event["error"]["message"].get<std::string>());
    CPPUNIT_ASSERT_EQUAL(std::string(R"({"reason":"denied_by_rule"})"),
                         event["certmap"]["trial"].dump());
  }

  void a_trial_with_many_groups_and_long_names_fits_its_line() {
    auto decision = mapped();
    decision.groups.assign(1000, "g\"roup");
    decision.rule = std::string(5000, 'r');
    const RequestOutcome in_force{.account = std::string(9000, 'a'),
                                  .decision = std::make_shared<const Decision>(decision),
                                  .is_mapped = true};
    const auto line = trial_event(kSource, request(), in_force, decision, certificate());
    CPPUNIT_ASSERT(line.size() <= kMaxAuditLine);
    CPPUNIT_ASSERT(parse_json(line)["certmap"]["truncated"].get<bool>());
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(AuditEventTest);
