#include "tool/lint/report.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "check_map_text.h"

using namespace certmap;

namespace {

constexpr std::int64_t kNow = 1795219200 + 3600;  // 2026-11-21T01:00:00Z
const std::string kDigest(64, 'a');

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + '\n';
  return text;
}

MapReport report(const std::string& text, std::int64_t days = 30) {
  return report_on_map("m", text, kNow, days);
}

void assert_clean(const std::string& text) {
  CPPUNIT_ASSERT_EQUAL(std::string(), joined(report(text).lines));
}

/// The only thing to be said is a warning for this line, with `part` in it.
void assert_warned(const std::string& text, const std::string& part, int line = 1) {
  const auto said = report(text);
  CPPUNIT_ASSERT_EQUAL_MESSAGE(text + "\n" + joined(said.lines), std::size_t{1}, said.lines.size());
  const auto start = "m:" + std::to_string(line) + ": warning: ";
  CPPUNIT_ASSERT_MESSAGE(said.lines[0], said.lines[0].starts_with(start));
  CPPUNIT_ASSERT_MESSAGE(said.lines[0] + " | " + part,
                         said.lines[0].find(part) != std::string::npos);
  CPPUNIT_ASSERT_EQUAL(std::size_t{1}, said.warnings);
}

}  // namespace

class MapReportTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(MapReportTest);
  CPPUNIT_TEST(says_all_errors_as_the_server_does);
  CPPUNIT_TEST(sorts_errors_and_warnings_by_line);
  CPPUNIT_TEST(warns_of_blocks_by_digest);
  CPPUNIT_TEST(warns_of_what_expires);
  CPPUNIT_TEST(warns_of_values_that_no_certificate_has);
  CPPUNIT_TEST(warns_of_values_that_make_a_certificate_malformed);
  CPPUNIT_TEST(warns_of_names_the_wrong_way_round);
  CPPUNIT_TEST(warns_of_an_account_that_was_meant_as_a_block);
  CPPUNIT_TEST(warns_of_groups_that_no_comma_takes_apart);
  CPPUNIT_TEST(warns_of_what_looks_like_a_blank);
  CPPUNIT_TEST(warns_of_a_key_that_a_stronger_one_always_precedes);
  CPPUNIT_TEST(warns_of_an_entry_that_is_always_blocked);
  CPPUNIT_TEST(does_not_warn_of_what_may_decide);
  CPPUNIT_TEST_SUITE_END();

  void says_all_errors_as_the_server_does() {
    std::string text;
    for (int i = 0; i < 250; ++i) text += "mail:x bob\n";
    const auto said = report(text);
    CPPUNIT_ASSERT_EQUAL(std::size_t{250}, said.lines.size());
    CPPUNIT_ASSERT_EQUAL(std::size_t{250}, said.errors);
    const std::string few = "mail:x bob\nemail:a@b c\nemail:a@b d\n\"x\n";
    CPPUNIT_ASSERT_EQUAL(joined(test::check_map_text(few).errors), joined(report(few).lines));
  }

  void warns_of_an_account_that_was_meant_as_a_block() {
    for (const std::string account : {"block", "BLOCKED", "deny", "denied", "revoked"})
      assert_warned("email:x@example.com " + account, "write ! as the account");
    assert_clean("email:x@example.com blocker\nemail:y@example.com !\n");
  }

  void warns_of_groups_that_no_comma_takes_apart() {
    assert_warned("email:x@example.com x groups=a;b",
                  "name 1 of groups= is one group; write commas");
    assert_warned("email:x@example.com x groups=c,a;b", "groups=NAME,NAME");
    assert_clean("email:x@example.com x groups=a,b\n");
  }

  void warns_of_what_looks_like_a_blank() {
    assert_warned("subject:CN=x\u00a0x groups", "U+00A0, a no-break space, outside quotes");
    assert_warned("dns:a a\nsubject:CN=b\u3000b c", "U+3000 outside quotes", 2);
    const auto said = report("email:x@example.com\u202fx\n");
    CPPUNIT_ASSERT(said.errors > 0);
    CPPUNIT_ASSERT(joined(said.lines).find("U+202F") != std::string::npos);
    // A key or password that is named by mistake is not quoted.
    CPPUNIT_ASSERT(joined(report("secret\u00a0word\n").lines).find("word") == std::string::npos);
    assert_clean(
        "\"subject:CN=Jean\u00a0Paul\" a # a\u00a0comment\n\"subject:CN=a\\\\\\\"\u00a0b\" b\n");
  }

  void sorts_errors_and_warnings_by_line() {
    const auto said = report("email:a@b c\nemail:bob x\nemail:a@b d\ndns:a. x\nmail:x y\n");
    std::string order;
    for (const auto& line : said.lines) order += line.substr(0, 3) + ' ';
    CPPUNIT_ASSERT_EQUAL(std::string("m:2 m:3 m:4 m:5 "), order);
    CPPUNIT_ASSERT_EQUAL(std::size_t{4}, said.entries);
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, said.errors);
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, said.warnings);
  }

  void warns_of_blocks_by_digest() {
    assert_warned("sha256:" + kDigest + " !", "ECDSA");
    assert_clean("spki:" + kDigest + " !");
  }

  void warns_of_what_expires() {
    assert_warned("dns:a b expires=2026-11-20", "has expired after 2026-11-20, it refuses");
    assert_warned("dns:a ! expires=2026-11-20", "it blocks nobody");
    assert_warned("dns:a b expires=2026-11-21", "expires today, at the end of 2026-11-21");
    assert_warned("dns:a b expires=2026-11-22", "expires tomorrow");
    assert_warned("dns:a b expires=2026-12-21", "expires in 30 days");
    assert_clean("dns:a b expires=2026-12-22");
    CPPUNIT_ASSERT(report("dns:a b expires=2026-11-22", 0).lines.empty());
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, report("dns:a b expires=2026-12-22", 31).lines.size());
  }

  void warns_of_values_that_no_certificate_has() {
    for (const char* key : {"email:bob", "email:@b", "email:b@"})
      assert_warned(std::string(key) + " x", "no e-mail address");
    assert_warned("\"email:a b@c\" x", "has no blank");
    assert_warned("dns:a.example. x", "without a dot at the end");
    assert_warned("\"dns:a b\" x", "no DNS name");
    assert_warned("uri:example.com/x x", "no scheme");
    assert_warned("uri:/a:b x", "no scheme");
    assert_warned("\"uri:https://example.com/a b\" x", "write %20");
    assert_warned("upn:eve x", "no user principal name");
    assert_warned("serial:01" + std::string(40, '0') + " x", "at most 20 octets; this one has 21");
    assert_warned("\"issuer-serial:01" + std::string(40, '0') + "@CN=x\" y", "this one has 21");
    assert_warned("ski:" + std::string(130, '1') + " x", "this one has 65");
    assert_clean("serial:00" + std::string(40, '1') + " x");
    assert_clean(
        "email:b@c x\ndns:*.example.com x\ndns:a_b x\nuri:urn:x x\nupn:a@b x\n"
        "notafter:2028-02-29T23:59:59Z x\nski:01 x\nserial:00 x\n");
  }

  void warns_of_values_that_make_a_certificate_malformed() {
    assert_warned("upn:a@" + std::string(4095, 'a') + " x",
                  "more than 4096 bytes; this one has 4097");
    assert_warned("subject.CN:" + std::string(4097, 'a') + " x", "more than 4096 bytes");
    assert_warned("ext.2.5.29.14:0402 x", "subjectKeyIdentifier cannot be decoded");
    // A UPN of the wrong type, and one with a control character.
    assert_warned("othername.1.3.6.1.4.1.311.20.2.3:160161 x", "has the wrong type");
    assert_warned("othername.1.3.6.1.4.1.311.20.2.3:0c0101 x", "holds a control character");
    assert_clean("ext.1.2.3:00 x\nothername.1.2.3:0c0161 x\n");
  }

  void warns_of_names_the_wrong_way_round() {
    const std::string why = "the wrong way round";
    assert_warned("\"subject:O=Example,OU=People,CN=Alice\" x", why);
    assert_warned("\"issuer:c=EE, o=Example, cn=Corp CA\" x", why);
    assert_warned("issuer-serial:01@O=Example,CN=CA x", why);
    assert_warned("dirname:DC=com,DC=example,UID=a x", why);
    assert_clean(
        "subject:CN=a,O=b x\nsubject:CN=a x\nsubject:OU=a,O=b x\nsubject:UID=c,CN=a x\n"
        "\"subject:O=Example\\\\,CN=x,C=EE\" y\n");
  }

  void warns_of_a_key_that_a_stronger_one_always_precedes() {
    assert_warned("cert:" + kDigest + " x\nsha256:" + kDigest + " y", "that of line 2");
    assert_warned("sha256:" + kDigest + " x\ncert:" + kDigest + " y", "that of line 1", 2);
    const std::string upn = "othername.1.3.6.1.4.1.311.20.2.3:0c03614042 x\n";
    assert_warned("upn:a@b y\n" + upn, "that of line 1", 2);
    assert_warned("ext.2.5.29.14:04020a0b x\nski:0A:0B y", "that of line 2");
    // subjectAltName: a@b, and the DNS name c
    assert_warned("ext.2.5.29.17:30088103614062820163 x\ndns:c y", "that of line 2");
    // Of kinds without a rank the first in the file comes first.
    assert_warned("xmpp:a@b y\nothername.1.3.6.1.5.5.7.8.5:0c03614062 x", "that of line 1", 2);
    assert_clean("othername.1.3.6.1.5.5.7.8.5:0c03614062 x\nxmpp:a@b y\n");
  }

  void warns_of_an_entry_that_is_always_blocked() {
    const std::string why = " blocks every certificate that has this key";
    assert_warned("subject:CN=a,O=Evil x\nsubject.O:EVIL !", "line 2" + why);
    assert_warned("issuer-serial:0a@CN=CA x\nissuer:CN=ca !", "line 2" + why);
    assert_warned("issuer-serial:000a@CN=CA x\nserial:0a !", "line 2" + why);
    assert_warned("issuer-serial:0a@CN=CA,O=Evil x\nissuer.O:evil ! expires=2027-06-01",
                  "line 2" + why);
    assert_warned("sha256:" + kDigest + " x\nsha1:" + kDigest.substr(24) +
                      " y\nupn:A@b !\nothername.1.3.6.1.4.1.311.20.2.3:0c03614062 x",
                  "line 3" + why, 4);
  }

  void does_not_warn_of_what_may_decide() {
    assert_clean("cert:" + kDigest + " x\nsha256:" + std::string(64, 'b') + " y");
    assert_clean("subject:CN=a,O=Good x\nsubject.O:evil !\nsubject.CN:a y");
    assert_clean("issuer-serial:0a@CN=CA x\nissuer:CN=other !\nissuer.CN:CA y");
    assert_clean("issuer-serial:0a@CN=CA !\nspki:" + kDigest + " !\nissuer:CN=CA !");
    assert_clean("othername.1.2.3:0c03614062 x\nupn:a@b y");
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MapReportTest);
