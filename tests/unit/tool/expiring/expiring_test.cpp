#include <cppunit/extensions/HelperMacros.h>

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/audit/event.h"
#include "core/audit/sample_event.h"
#include "core/certificate/certificate.h"
#include "core/text/calendar.h"
#include "core/text/visible.h"
#include "tool/command.h"
#include "tool/expiring/list.h"

using namespace certmap;

namespace {

constexpr std::int64_t kDay = kSecondsPerDay;
const std::int64_t kNow = seconds_of("2026-11-21T12:00:00Z");

const std::string kAddress = "zoe@example.com";

/// The event that the module itself would write. `digit` tells certificates apart; a long path
/// leaves less room for the names of one, among which the address is in the middle.
std::string event(std::int64_t time, char digit, std::int64_t not_after, const std::string& account,
                  Reason reason = Reason::Mapped, std::size_t path_length = 0) {
  Certificate certificate;
  certificate.sha256 = std::string(32, digit);
  certificate.serial = std::string(1, digit);
  certificate.not_after = not_after;
  certificate.subject = parse_name(std::string("CN=") + digit);
  const auto long_name = test::alt_name(AttributeKind::Dns, std::string(200, 'x'));
  certificate.alt_names = {long_name, test::email(kAddress), long_name};
  Decision decision;
  decision.reason = reason;
  decision.account = account;
  EventSource source;
  source.time_us = time * 1000000 + 678000;
  EventRequest request;
  request.source_port = static_cast<int>(time % 60000);
  const std::string path(path_length, '/');
  request.url_path = path;
  auto line = authentication_event(source, request, decision, &certificate);
  line.pop_back();
  return line;
}

struct Log {
  Sightings log{kNow + 30 * kDay};
  LogLines lines;

  Log& add(const std::string& line) {
    log.read_line(line, lines);
    return *this;
  }
  /// Days after now: when it was seen, when it ends.
  Log& see(double seen, char digit, double ends, const std::string& account,
           Reason reason = Reason::Mapped) {
    return add(event(kNow + static_cast<std::int64_t>(seen * kDay), digit,
                     kNow + static_cast<std::int64_t>(ends * kDay), account, reason));
  }
  /// "SUBJECT:ACCOUNT,…:DAYS" of each, apart by blanks; "+" where a newer one is in use too.
  std::string list(std::int64_t days = 30) const {
    std::string text;
    for (const auto& each : expiring_certificates(log, kNow, days).certificates) {
      text.append(text.empty() ? "" : " ").append(each.seen.subject.substr(3)) += ':';
      for (const auto& account : each.accounts) text.append(account) += ',';
      text += std::to_string(days_between(kNow, each.seen.not_after)) +
              (each.newer_until != 0 ? "+" : "");
    }
    return text;
  }
};

void assert_list(const std::string& expected, const Log& log) {
  CPPUNIT_ASSERT_EQUAL(expected, log.list());
}

}  // namespace

class ExpiringTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ExpiringTest);
  CPPUNIT_TEST(reads_times);
  CPPUNIT_TEST(lists_what_ends_within_the_days);
  CPPUNIT_TEST(lists_expired_ones_that_were_alive_lately);
  CPPUNIT_TEST(orders_by_account_with_the_soonest_first);
  CPPUNIT_TEST(leaves_out_what_was_renewed);
  CPPUNIT_TEST(keeps_what_is_used_beside_a_newer_one);
  CPPUNIT_TEST(does_not_depend_on_the_order_of_lines);
  CPPUNIT_TEST(knows_the_account_of_a_certificate_that_came_too_late);
  CPPUNIT_TEST(leaves_out_certificates_that_never_mapped);
  CPPUNIT_TEST(tells_accounts_apart_that_look_like_the_syntax);
  CPPUNIT_TEST(reads_events_that_others_wrote_anew);
  CPPUNIT_TEST(takes_the_address_where_an_event_has_room_for_it);
  CPPUNIT_TEST(counts_what_is_no_event);
  CPPUNIT_TEST(shows_no_control_characters);
  CPPUNIT_TEST_SUITE_END();

 public:
  void reads_times() {
    CPPUNIT_ASSERT_EQUAL(std::int64_t{1795262400}, kNow);
    CPPUNIT_ASSERT_EQUAL(kNow, seconds_of("2026-11-21T12:00:00.678Z"));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{253402300799}, seconds_of("9999-12-31T23:59:59Z"));
    for (const auto* text :
         {"", "2026-11-21", "2026-11-21T12:00:00", "2026-02-30T12:00:00Z", "2026-11-21T24:00:00Z",
          "2026-11-21 12:00:00Z", "-026-11-21T12:00:00Z", "2026-11-21T12:00:00+01:00"})
      CPPUNIT_ASSERT_EQUAL_MESSAGE(text, std::int64_t{-1}, seconds_of(text));
  }

  void lists_what_ends_within_the_days() {
    Log log;
    log.see(-1, 'a', 29.5, "alice").see(-1, 'b', 30.5, "bob").see(-1, 'c', 0.5, "carol");
    assert_list("c:carol,0 a:alice,29", log);
    CPPUNIT_ASSERT_EQUAL(std::string("c:carol,0"), log.list(10));
  }

  void lists_expired_ones_that_were_alive_lately() {
    Log log;
    log.see(-20, 'a', -10, "alice").see(-50, 'b', -40, "bob").see(-50, 'c', -40, "carol");
    log.see(-2, 'c', -40, "", Reason::CertificateExpired);
    assert_list("c:carol,-40 a:alice,-10", log);
  }

  void orders_by_account_with_the_soonest_first() {
    Log log;
    log.see(-1, 'a', 20, "zoe")
        .see(-0.5, 'b', 5, "zoe")
        .see(-1, 'c', 10, "adam")
        .see(-1, 'd', 5, "eve");
    log.see(-3, 'e', 7, "eve");
    assert_list("d:eve,5+ e:eve,7 b:zoe,5+ a:zoe,20 c:adam,10", log);
  }

  void leaves_out_what_was_renewed() {
    Log log;
    log.see(-5, 'a', 10, "alice")
        .see(-4, 'b', 300, "alice")
        .see(-5, 'c', 10, "bob")
        .see(-4, 'b', 300, "carol");
    assert_list("c:bob,10", log);
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, expiring_certificates(log.log, kNow, 30).renewed);
  }

  void keeps_what_is_used_beside_a_newer_one() {
    Log log;
    log.see(-5, 'a', 10, "alice").see(-4, 'b', 300, "alice").see(-1, 'a', 10, "alice");
    assert_list("a:alice,10+", log);
  }

  void does_not_depend_on_the_order_of_lines() {
    Log log;
    log.see(-1, 'b', 300, "alice")
        .see(-4, 'b', 300, "alice")
        .see(-9, 'a', 10, "alice")
        .see(-5, 'a', 10, "alice");
    assert_list("", log);
    log.see(-3, 'a', 10, "alice");
    assert_list("a:alice,10+", log);
  }

  void knows_the_account_of_a_certificate_that_came_too_late() {
    Log log;
    log.see(-1, 'a', -2, "", Reason::CertificateExpired);
    assert_list("a:-2", log);
    log.see(-9, 'a', -2, "alice").see(-9, 'a', -2, "al");
    assert_list("a:al,alice,-2", log);
    const auto found = expiring_certificates(log.log, kNow, 30).certificates[0];
    CPPUNIT_ASSERT_EQUAL(kNow - kDay, found.seen.last);
  }

  void leaves_out_certificates_that_never_mapped() {
    Log log;
    log.see(-1, 'a', 5, "", Reason::NoRuleMatched).see(-1, 'b', 5, "", Reason::DeniedByRule);
    log.see(-1, 'c', 5, "", Reason::CertificateNotVerified);
    assert_list("", log);
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, log.lines.events);
  }

  void tells_accounts_apart_that_look_like_the_syntax() {
    Log log;
    for (int i = 0; i < 2; ++i)
      log.see(-1, 'a', 5, R"(x"},"user":{"name":"y)")
          .see(-2, 'a', 5, R"(x"}z)")
          .see(-2, 'a', 5, R"(x\)");
    assert_list(R"(a:x"},"user":{"name":"y,x"}z,x\,5)", log);
  }

  void reads_events_that_others_wrote_anew() {
    Log log;
    const auto line = event(kNow, 'a', kNow + 5 * kDay, "alice");
    log.add("Nov 21 12:00:00 web1 certmap[12]: " + line).add(" ");
    auto spaced = nlohmann::json::parse(event(kNow, 'b', kNow + 5 * kDay, "bob")).dump(1);
    std::erase(spaced, '\n');
    log.add(spaced).add(line + "\r");
    assert_list("a:alice,5 b:bob,5", log);
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, log.lines.events);
    CPPUNIT_ASSERT_EQUAL(std::size_t{0}, log.lines.others);
  }

  void takes_the_address_where_an_event_has_room_for_it() {
    const auto of = [](const std::string& account, std::size_t path_length) {
      return event(kNow, 'z', kNow + 5 * kDay, account, Reason::Mapped, path_length);
    };
    const auto address = [](const std::vector<std::string>& lines) {
      Log log;
      for (const auto& line : lines) log.add(line);
      const auto seen = expiring_certificates(log.log, kNow, 30).certificates[0].seen;
      return std::string(seen.email) + (seen.told == Told::All ? "" : "?");
    };
    const auto all = of("zoe", 0), some = of("zoe", 3200), none = of("zoe", 3500);
    CPPUNIT_ASSERT_EQUAL(std::string("?"), address({none}));
    for (const auto& other : {all, of("al", 0)}) {
      CPPUNIT_ASSERT_EQUAL(kAddress, address({none, some, other}));
      CPPUNIT_ASSERT_EQUAL(kAddress, address({other, some, none}));
    }
    for (const auto& other : {some, of("al", 3200)}) {
      CPPUNIT_ASSERT_EQUAL(kAddress + "?", address({none, other}));
      CPPUNIT_ASSERT_EQUAL(kAddress + "?", address({other, none}));
    }
  }

  void counts_what_is_no_event() {
    Log log;
    const auto line = event(kNow, 'a', kNow + 5 * kDay, "alice");
    log.add(line)
        .add("")
        .add("GET / HTTP/1.1")
        .add(line.substr(0, line.size() / 2))
        .add("{}")
        .add("[1,2]");
    log.add(R"({"@timestamp":5,"event":[],"ecs":{"version":"8"}})")
        .add(line.substr(0, line.size() - 1));
    log.add(
        R"({"@timestamp":"2026-11-21T12:00:00Z","ecs":{"version":"8"},"event":{"action":"start"}})");
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, log.lines.events);
    CPPUNIT_ASSERT_EQUAL(std::size_t{6}, log.lines.others);
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, log.lines.first_other);
    assert_list("a:alice,5", log);
  }

  void shows_no_control_characters() {
    CPPUNIT_ASSERT_EQUAL(
        std::string("a\\u001b\\u009b\\u202e\\u2028\\u000a\\udb40\\udc01Jö\xEF\xBF\xBD"),
        visible("a\x1B\xC2\x9B\xE2\x80\xAE\xE2\x80\xA8\n\xF3\xA0\x80\x81Jö\xFF"));
    CPPUNIT_ASSERT_EQUAL(std::size_t{4}, columns_of("ö漢x"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ExpiringTest);
