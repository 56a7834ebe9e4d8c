#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/audit/event.h"
#include "core/audit/event_tree.h"
#include "core/audit/sample_event.h"
#include "core/text/json.h"

using namespace certmap;
using namespace certmap::test;

namespace {

std::string subject_in(const std::string& line) {
  return parse_json(line)["tls"]["client"]["x509"]["subject"]["distinguished_name"];
}

std::vector<SubjectAltName> many_emails(int count) {
  std::vector<SubjectAltName> list;
  for (int i = 0; i < count; ++i) list.push_back(email(std::to_string(i) + "@example.com"));
  return list;
}

}  // namespace

class AuditLineTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(AuditLineTest);
  CPPUNIT_TEST(a_line_of_4096_bytes_is_whole_and_one_more_is_not);
  CPPUNIT_TEST(alternative_names_are_dropped_first_and_from_the_end);
  CPPUNIT_TEST(of_many_rules_tried_the_first_are_named);
  CPPUNIT_TEST(rules_tried_are_dropped_next_and_from_the_end);
  CPPUNIT_TEST(long_texts_are_cut_last_between_characters);
  CPPUNIT_TEST(a_name_too_long_for_any_line_marks_the_event);
  CPPUNIT_TEST(a_filter_with_a_whole_certificate_leaves_room_for_the_rest);
  CPPUNIT_TEST(hostile_everything_gives_a_short_line_in_time);
  CPPUNIT_TEST(a_trial_with_many_groups_and_long_names_fits_its_line);
  CPPUNIT_TEST(alternative_names_have_all_the_room_that_others_leave);
  CPPUNIT_TEST_SUITE_END();

 public:
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
};

CPPUNIT_TEST_SUITE_REGISTRATION(AuditLineTest);
