#include "core/map/parser.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "check_map_text.h"
#include "core/rule/decision.h"
#include "core/text/error.h"

using namespace certmap;
using Texts = std::vector<std::string>;

namespace {

/// A line as one text: KIND=VALUE>ACCOUNT{groups}.
std::string summary(const MapLine& line) {
  std::string text = std::to_string(line.number) + ' ' + line.kind->name + '=' +
                     std::string(line.value) + '>' +
                     (line.blocked ? "BLOCKED" : std::string(line.account));
  for (auto group : line.groups) text += '{' + std::string(group) + '}';
  return text;
}

Texts parsed(std::string_view text) {
  Texts lines;
  MapMessages messages;
  MapParser parser([&](const MapLine& line) { lines.push_back(summary(line)); }, messages);
  parser.read(text);
  auto errors = messages.errors.texts("m");
  lines.insert(lines.end(), errors.begin(), errors.end());
  return lines;
}

std::int64_t expires(const std::string& option) {
  std::int64_t expires = -1;
  MapMessages messages;
  MapParser parser([&](const MapLine& line) { expires = line.expires; }, messages);
  parser.read("dns:a b " + option);
  return expires;
}

Texts errors(std::string_view text) { return test::check_map_text(text).errors; }
Texts warnings(std::string_view text) { return test::check_map_text(text).warnings; }

void assert_parsed(const Texts& expected, std::string_view text) {
  std::string all, wanted;
  for (const auto& line : parsed(text)) all += line + '\n';
  for (const auto& line : expected) wanted += line + '\n';
  CPPUNIT_ASSERT_EQUAL(wanted, all);
}

/// The only error of `text` begins with `m:LINE: ` and holds `part`.
void assert_error(const std::string& text, const std::string& part, int line = 1) {
  auto all = errors(text);
  CPPUNIT_ASSERT_EQUAL_MESSAGE(text, std::size_t{1}, all.size());
  CPPUNIT_ASSERT_MESSAGE(all[0], all[0].starts_with("m:" + std::to_string(line) + ": "));
  CPPUNIT_ASSERT_MESSAGE(all[0] + " | " + part, all[0].find(part) != std::string::npos);
}

}  // namespace

class MapParserTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(MapParserTest);
  CPPUNIT_TEST(reads_every_form_of_entry);
  CPPUNIT_TEST(takes_bom_crlf_and_a_missing_last_newline);
  CPPUNIT_TEST(takes_fields_apart_at_blanks_and_tabs);
  CPPUNIT_TEST(resolves_only_two_escapes_in_quotes);
  CPPUNIT_TEST(starts_comments_only_after_a_blank);
  CPPUNIT_TEST(keeps_an_entry_until_the_end_of_its_day);
  CPPUNIT_TEST(refuses_dates_that_are_none);
  CPPUNIT_TEST(refuses_broken_quotes);
  CPPUNIT_TEST(refuses_characters_that_do_not_belong);
  CPPUNIT_TEST(refuses_bad_keys);
  CPPUNIT_TEST(refuses_bad_accounts);
  CPPUNIT_TEST(refuses_a_block_with_more_than_the_mark);
  CPPUNIT_TEST(refuses_bad_options);
  CPPUNIT_TEST(refuses_lines_over_16_kib);
  CPPUNIT_TEST(refuses_more_than_255_kinds);
  CPPUNIT_TEST(names_both_lines_of_a_duplicate);
  CPPUNIT_TEST(reports_a_key_that_stands_there_thrice_once_a_line);
  CPPUNIT_TEST(sees_duplicates_across_spellings);
  CPPUNIT_TEST(reports_everything_in_the_order_of_lines);
  CPPUNIT_TEST(reports_all_that_is_wrong_with_one_line);
  CPPUNIT_TEST(counts_errors_over_a_hundred);
  CPPUNIT_TEST(takes_an_exception_of_the_callback_for_an_error_of_the_line);
  CPPUNIT_TEST(warns_of_blocks_by_certificate_digest);
  CPPUNIT_TEST_SUITE_END();

  void reads_every_form_of_entry() {
    assert_parsed({"2 email=bob@example.com>bob",
                   "3 subject=CN=Alice Doe,OU=People,O=Example>alice{admins}{dev}",
                   "5 issuer-serial=1a2b@CN=Corp CA,O=Example>dave",
                   "6 upn=eve@corp.example>BLOCKED", "7 Subject.CN=x>Ünal{a b}{c}"},
                  "# KEY ACCOUNT [OPTION …]\n"
                  "email:bob@example.com     bob\n"
                  "\"subject:CN=Alice Doe,OU=People,O=Example\" alice groups=admins,dev\n"
                  "\n"
                  "\"issuer-serial:1a2b@CN=Corp CA,O=Example\" dave expires=2027-01-31\n"
                  "upn:eve@corp.example  !   # blocked\n"
                  "Subject.CN:x Ünal \"groups=a b,c\"\n");
  }

  void takes_bom_crlf_and_a_missing_last_newline() {
    assert_parsed({"1 dns=a>x", "2 dns=b>y"},
                  "\xEF\xBB\xBF"
                  "dns:a x\r\ndns:b y");
    assert_parsed({"1 dns=a>x"}, "dns:a x\r");
    assert_parsed({}, "");
  }

  void takes_fields_apart_at_blanks_and_tabs() {
    assert_parsed({"1 dns=a>x{g}"}, "\t dns:a\t  x \tgroups=g \t");
  }

  void resolves_only_two_escapes_in_quotes() {
    assert_parsed({R"(1 subject.CN=a"b\c\,d>x y)"}, R"("subject.CN:a\"b\\c\,d" "x y")");
    assert_parsed({R"(1 subject.CN=a\b>x)"}, R"(subject.CN:a\b x)");
  }

  void starts_comments_only_after_a_blank() {
    assert_parsed({"2 upn=a#b>x#y", "3 subject.CN=a #b>x"},
                  "  # upn:c z\nupn:a#b x#y\t# c\n\"subject.CN:a #b\" x # c \" '\n");
  }

  void keeps_an_entry_until_the_end_of_its_day() {
    CPPUNIT_ASSERT_EQUAL(std::int64_t{1801440000}, expires("expires=2027-01-31"));
    CPPUNIT_ASSERT_EQUAL(std::int64_t{1835481600}, expires("expires=2028-02-29"));
    CPPUNIT_ASSERT_EQUAL(kForever, expires(""));
  }

  void refuses_dates_that_are_none() {
    for (std::string date :
         {"2026-02-30", "2027-02-29", "2026-13-01", "2026-00-10", "2026-1-1", "2026-01-0a",
          "26-01-01", "", "2026/01/01", "2026-01-011", "2026--1-01"})
      assert_error("dns:a b expires=" + date, "expires= has no date; write expires=YYYY-MM-DD");
  }

  void refuses_broken_quotes() {
    assert_error("\"dns:a b", "no closing quote");
    assert_error("\"dns:a\\\" b", "no closing quote");
    assert_error("subject:CN=\"a\" b", "quote the whole field");
    assert_error("dns:a b groups=\"c d\"", "quote the whole field");
    assert_error("\"dns:a\"b c", "text follows a closing quote");
    assert_error("\"dns:a\"# b", "text follows a closing quote");
    assert_error("\"dns:a\tb\" c", "tab");
  }

  void refuses_characters_that_do_not_belong() {
    assert_error("dns:a b\x01", "control character");
    assert_error("dns:a b\x7f", "control character");
    assert_error(std::string("dns:a b\0", 8), "control character");
    assert_error("dns:a b\rdns:c d", "control character");
    assert_error("dns:a b # \xc2\x85", "control character");
    assert_error("dns:a b # caf\xe9", "not UTF-8");
    assert_error("dns:a \xed\xa0\x80", "not UTF-8");
  }

  void refuses_bad_keys() {
    assert_error("bob@example.com bob", "write the key as ATTRIBUTE:VALUE");
    assert_error(":x bob", "write the key as ATTRIBUTE:VALUE");
    assert_error("email: bob", "has no value");
    assert_error("emial:a@b bob", "unknown attribute; did you mean email?");
    assert_error("sha256:12 bob", "64 hexadecimal digits");
    assert_error("issuer-serial:zz@CN=x bob", "hexadecimal");
  }

  void refuses_bad_accounts() {
    assert_error("dns:a", "the account is missing");
    assert_error("dns:a # b", "the account is missing");
    assert_error("dns:a \"\"", "the account is empty");
    assert_error("dns:a \" b\"", "the account has a blank at an end");
    assert_error("dns:a b\u202e", "format character");
    assert_error("dns:a " + std::string(256, 'b'), "longer than 255 bytes");
    assert_parsed({"1 dns=a>" + std::string(255, 'b')}, "dns:a " + std::string(255, 'b'));
  }

  void refuses_a_block_with_more_than_the_mark() {
    for (std::string account : {"!blocked", "!,", "!!", "!expires=2027-01-01", "!#left"})
      assert_error("dns:a " + account,
                   "the account begins with \"!\"; write ! alone to block the key");
    assert_parsed({"1 dns=a>BLOCKED", "2 dns=b>a!"}, "dns:a \"!\"\ndns:b a!");
  }

  void refuses_bad_options() {
    assert_error("dns:a b c", "field 3 is no option; there are groups=NAME,... and expires=");
    assert_error("dns:a b groups=c Groups=c", "field 4 is no option");
    assert_error("dns:a b groups=", "empty name");
    assert_error("dns:a b groups=c,", "empty name");
    assert_error("dns:a b groups=c,,d", "empty name");
    assert_error("dns:a b \"groups=c, d\"", "name 2 of groups= has a blank at an end");
    assert_error("dns:a b groups=c groups=d", "second option of its name");
    assert_error("dns:a b expires=2027-01-01 expires=2027-01-01", "second option of its name");
    assert_error("dns:a ! groups=c", "a blocked key has no groups");
  }

  void refuses_lines_over_16_kib() {
    std::string line = "dns:a b #";
    line.resize(kMaxMapLine, 'x');
    assert_parsed({"1 dns=a>b"}, line + "\r\n");
    assert_error(line + "x", "longer than 16384 bytes");
  }

  void refuses_more_than_255_kinds() {
    std::string text;
    for (std::size_t i = 1; i <= kMaxMapKinds; ++i)
      text += "ext.1.2." + std::to_string(i) + ":00 a\n";
    CPPUNIT_ASSERT_EQUAL(kMaxMapKinds, parsed(text).size());
    CPPUNIT_ASSERT(errors(text).empty());
    assert_error(text + "dns:a b", "more than 255 attributes", 256);
  }

  void names_both_lines_of_a_duplicate() {
    CPPUNIT_ASSERT(errors("dns:a x\nupn:a x\n\ndns:b x\n") == Texts{});
    CPPUNIT_ASSERT_EQUAL(std::string("m:4: duplicate key; the same certificate is named on line 1"),
                         errors("dns:a x expires=2027-01-01\nupn:a x\n\ndns:a !\n").at(0));
  }

  void reports_a_key_that_stands_there_thrice_once_a_line() {
    CPPUNIT_ASSERT(errors("dns:a x\ndns:a y\ndns:a z") ==
                   (Texts{"m:2: duplicate key; the same certificate is named on line 1",
                          "m:3: duplicate key; the same certificate is named on line 1"}));
  }

  void sees_duplicates_across_spellings() {
    assert_error("email:a@EXAMPLE.com x\nSUBJECT_RFC822_NAME:a@example.com x", "line 1", 2);
    assert_error("subject:CN=a,O=b x\n\"subject:cn=A, o=B\" x", "line 1", 2);
    assert_error("serial:0A1B x\nserial:0a:1b x", "line 1", 2);
    CPPUNIT_ASSERT(errors("email:a@b.c x\nemail:A@b.c x") == Texts{});
  }

  void reports_everything_in_the_order_of_lines() {
    auto all = errors("dns:a x\ndns:a y\nfoo:a x\ndns:a z\ndns:b");
    CPPUNIT_ASSERT_EQUAL(std::size_t{4}, all.size());
    for (std::size_t i = 0; i < all.size(); ++i)
      CPPUNIT_ASSERT_EQUAL("m:" + std::to_string(i + 2), all[i].substr(0, 3));
  }

  void reports_all_that_is_wrong_with_one_line() {
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, errors("ip:a \" \" groups= expires=2027-01-01").size());
  }

  void counts_errors_over_a_hundred() {
    std::string text;
    for (int i = 0; i < 123; ++i) text += "dns:a\n";
    auto all = errors(text);
    CPPUNIT_ASSERT_EQUAL(std::size_t{101}, all.size());
    CPPUNIT_ASSERT_EQUAL(std::string("m: ... and 23 more"), all.back());
  }

  void takes_an_exception_of_the_callback_for_an_error_of_the_line() {
    MapMessages messages;
    MapParser parser([](const MapLine&) { throw ConfigError("no"); }, messages);
    parser.read("\ndns:a b");
    CPPUNIT_ASSERT(messages.errors.texts("m") == Texts{"m:2: no"});
  }

  void warns_of_blocks_by_certificate_digest() {
    std::string d40(40, '1'), d64(64, '1');
    auto all = warnings("sha256:" + d64 + " !\nsha1:" + d40 + " !\ncert:" + d64 + " !\n");
    CPPUNIT_ASSERT_EQUAL(std::size_t{3}, all.size());
    CPPUNIT_ASSERT(all[2].starts_with("m:3: ") &&
                   all[2].find("block issuer-serial and spki instead") != std::string::npos);
    CPPUNIT_ASSERT(warnings("sha256:" + d64 + " x\nspki:" + d64 + " !\n").empty());
  }
};
CPPUNIT_TEST_SUITE_REGISTRATION(MapParserTest);
