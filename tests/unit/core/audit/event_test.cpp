#include "core/audit/event.h"

#include <cppunit/extensions/HelperMacros.h>

#include <memory>
#include <string>
#include <string_view>

#include "core/audit/event_tree.h"
#include "core/audit/sample_event.h"
#include "core/text/json.h"

using namespace certmap;
using namespace certmap::test;

namespace {

ServerEvent about(std::string_view action) {
  ServerEvent event;
  event.action = action;
  return event;
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
  CPPUNIT_TEST(a_reload_is_a_change_of_the_configuration);
  CPPUNIT_TEST(a_failed_reload_says_what_was_wrong);
  CPPUNIT_TEST(start_has_nothing_but_its_place);
  CPPUNIT_TEST(a_client_behind_a_proxy);
  CPPUNIT_TEST(the_line_says_what_the_library_would_write);
  CPPUNIT_TEST(a_trial_tells_of_what_was_in_force_and_of_what_would_be);
  CPPUNIT_TEST(a_trial_beside_others_than_certmap);
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
};

CPPUNIT_TEST_SUITE_REGISTRATION(AuditEventTest);
