#include <cppunit/extensions/HelperMacros.h>

#include <cstddef>
#include <sstream>
#include <string>
#include <vector>

#include "core/map/map_file.h"
#include "tool/import/formats.h"
#include "tool/import/pg_fields.h"

using namespace certmap;

namespace {

/// The map file, then the reports as "LINE: text" (notes: "LINE, note: text").
std::string outcome(const ImportedMap& map) {
  std::ostringstream written;
  map.write(written);
  auto text = written.str();
  const auto check = check_map_text("m", text);
  CPPUNIT_ASSERT_MESSAGE(text, check.errors.empty());
  for (const auto& report : map.reports())
    text += std::to_string(report.line) + (report.is_note ? ", note: " : ": ") + report.text + "\n";
  return text;
}

std::string gridmap(const std::string& text) {
  ImportedMap map(TwoAccounts::FirstDecides);
  import_gridmap(text, map);
  return outcome(map);
}

std::string pg_ident(const std::string& text, const std::string& name = "m",
                     bool whole_name = false) {
  ImportedMap map(TwoAccounts::NobodyDecides);
  import_pg_ident(text, {name, whole_name}, map);
  return outcome(map);
}

std::string pam_pkcs11(const std::string& mapper, const std::string& text) {
  ImportedMap map(TwoAccounts::FirstDecides);
  import_pam_pkcs11(text, mapper, map);
  return outcome(map);
}

std::string htpasswd(const std::string& text, const HtpasswdOptions& options = {}) {
  ImportedMap map(TwoAccounts::FirstDecides);
  import_htpasswd(text, options, map);
  return outcome(map);
}

/// `outcome` is nothing but a problem of line 1 that holds `part`.
void assert_problem(const std::string& part, const std::string& outcome) {
  CPPUNIT_ASSERT_MESSAGE(outcome, outcome.starts_with("1: "));
  CPPUNIT_ASSERT_MESSAGE(outcome + " | " + part, outcome.find(part) != std::string::npos);
  CPPUNIT_ASSERT_MESSAGE(outcome, outcome.find("; ") != std::string::npos);
  CPPUNIT_ASSERT_EQUAL_MESSAGE(outcome, outcome.size() - 1, outcome.find('\n'));
}

/// The line's fields: tokens of one are joined by "|", quoted ones marked by "q:".
std::string fields(const std::string& text) {
  std::string all;
  for_each_pg_line(text, [&](const PgLine& line) {
    all += std::to_string(line.number) + ':';
    for (const auto& field : line.fields) {
      all += " [";
      for (const auto& token : field)
        all +=
            (&token == &field[0] ? "" : "|") + std::string(token.quoted ? "q:" : "") + token.text;
      all += ']';
    }
    all += line.has_comment ? " #" + line.comment + "\n" : "\n";
  });
  return all;
}

const std::string kDigest(64, 'a');

}  // namespace

class ImportTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ImportTest);
  CPPUNIT_TEST(reads_a_gridmap);
  CPPUNIT_TEST(reads_escapes_of_a_gridmap);
  CPPUNIT_TEST(takes_the_default_account_of_a_gridmap);
  CPPUNIT_TEST(reports_what_a_gridmap_line_cannot_say);
  CPPUNIT_TEST(keeps_comments_and_order);
  CPPUNIT_TEST(makes_comments_fit_for_a_map_file);
  CPPUNIT_TEST(cuts_comments_that_no_line_can_hold);
  CPPUNIT_TEST(takes_the_first_of_two_equal_keys);
  CPPUNIT_TEST(takes_none_of_two_keys_that_became_equal);
  CPPUNIT_TEST(says_that_a_line_stands_there_twice);
  CPPUNIT_TEST(refuses_accounts_that_no_map_file_can_hold);
  CPPUNIT_TEST(cuts_pg_ident_lines_as_postgresql_does);
  CPPUNIT_TEST(reads_pg_ident);
  CPPUNIT_TEST(reads_whole_names_of_pg_ident);
  CPPUNIT_TEST(takes_keywords_of_pg_ident_literally_in_quotes);
  CPPUNIT_TEST(reports_what_a_pg_ident_line_cannot_say);
  CPPUNIT_TEST(takes_no_account_where_postgresql_lets_the_client_choose);
  CPPUNIT_TEST(finds_the_maps_of_pg_ident);
  CPPUNIT_TEST(reads_each_mapper_of_pam_pkcs11);
  CPPUNIT_TEST(tells_the_mapper_of_pam_pkcs11);
  CPPUNIT_TEST(reports_what_a_pam_pkcs11_line_cannot_say);
  CPPUNIT_TEST(reads_a_password_file);
  CPPUNIT_TEST(takes_a_part_of_the_name_as_the_account);
  CPPUNIT_TEST(lets_nobody_in_whom_the_password_file_kept_out);
  CPPUNIT_TEST_SUITE_END();

 public:
  void reads_a_gridmap() {
    CPPUNIT_ASSERT_EQUAL(
        std::string("\"subject:CN=Alice Doe,O=Grid\"  alice\nsubject:CN=bob,O=Grid          bob\n"),
        gridmap("\xEF\xBB\xBF\"/O=Grid/CN=Alice Doe\" alice\r\n  /O=Grid/CN=bob\tbob"));
  }

  void reads_escapes_of_a_gridmap() {
    CPPUNIT_ASSERT_EQUAL(std::string("\"subject:CN=a\\\\\\\"b\"  x\n"), gridmap(R"("/CN=a\"b" x)"));
    CPPUNIT_ASSERT_EQUAL(std::string("subject:CN=Jörg  x\n"), gridmap(R"("/CN=J\xC3\xb6rg" x)"));
    CPPUNIT_ASSERT_EQUAL(std::string("subject:CN=Alice  x\n"), gridmap(R"(/CN=\x41lice x)"));
    CPPUNIT_ASSERT_EQUAL(std::string("subject:CN=a/CN=b  x\n"), gridmap(R"("/CN=a\\/CN=b" x)"));
    CPPUNIT_ASSERT_EQUAL(std::string("subject:CN=b,CN=a  x\n"), gridmap(R"("/CN=a\/CN=b" x)"));
    CPPUNIT_ASSERT_EQUAL(std::string("subject:CN=a\\\\  x\n"), gridmap(R"("/CN=a\\" x)"));
  }

  void takes_the_default_account_of_a_gridmap() {
    const auto text = gridmap("/CN=a x,y,z # note");
    CPPUNIT_ASSERT_MESSAGE(
        text, text.starts_with("subject:CN=a  x  # note\n1: besides the default account \"x\" "
                               "there is \"y\", \"z\";"));
  }

  void reports_what_a_gridmap_line_cannot_say() {
    assert_problem("stands for a pool", gridmap("\"/CN=a\" .atlas"));
    assert_problem("is a pattern", gridmap("\"/O=Grid/*\" grid"));
    assert_problem("is missing", gridmap("\"/CN=a\""));
    assert_problem("is missing", gridmap("/CN=a # nobody"));
    assert_problem("no closing quote", gridmap("\"/CN=a alice"));
    assert_problem("does not begin with a type", gridmap("alice alice"));
    assert_problem("unknown type", gridmap("/Nonsense=x alice"));
  }

  void keeps_comments_and_order() {
    CPPUNIT_ASSERT_EQUAL(std::string("# first\n\nsubject:CN=b  b\n#\nsubject:CN=a  a\n"),
                         gridmap("#first  \n\n/CN=b b\n#\n/CN=a a\n"));
  }

  void makes_comments_fit_for_a_map_file() {
    CPPUNIT_ASSERT_EQUAL(std::string("# a b \\u001b[31m \\u202e \xEF\xBF\xBD\n"),
                         gridmap("# a\tb \x1B[31m \xE2\x80\xAE \xFF"));
  }

  void cuts_comments_that_no_line_can_hold() {
    CPPUNIT_ASSERT_EQUAL("# " + std::string(16382, 'x') + "\n",
                         gridmap("#" + std::string(20000, 'x') + "\n"));
  }

  void takes_the_first_of_two_equal_keys() {
    const auto text = gridmap("/CN=a x\n/CN=a y\n");
    CPPUNIT_ASSERT_MESSAGE(text,
                           text.starts_with("subject:CN=a  x\n2: the certificate of line 1 again"));
    CPPUNIT_ASSERT_MESSAGE(text, text.find("\"x\" and here \"y\"") != std::string::npos);
  }

  void takes_none_of_two_keys_that_became_equal() {
    const auto text = gridmap("/CN=a x\n/CN=A y\n/CN=a x\n");
    CPPUNIT_ASSERT_MESSAGE(
        text, text.starts_with("# not imported: line 1 has the same key as line 2\n1: the same"));
    CPPUNIT_ASSERT_MESSAGE(text, text.find("\n2: the same key as line 1") != std::string::npos);
    CPPUNIT_ASSERT_MESSAGE(text, text.find("\n3: the same key as line 1") != std::string::npos);
  }

  void says_that_a_line_stands_there_twice() {
    const auto text = gridmap("/CN=a x\n/CN=A x\n");
    CPPUNIT_ASSERT_MESSAGE(
        text, text.starts_with("subject:CN=a  x\n2, note: the certificate of line 1 again"));
  }

  void refuses_accounts_that_no_map_file_can_hold() {
    assert_problem("which in a map file blocks", gridmap("/CN=a !"));
    assert_problem("which in a map file blocks", gridmap("/CN=a !x"));
    assert_problem("longer than 255", gridmap("/CN=a " + std::string(256, 'x')));
    assert_problem("not UTF-8", gridmap("/CN=a \xFF"));
    CPPUNIT_ASSERT_EQUAL(std::string("subject.CN:a  \"#x\"\n"), pg_ident("m a \"#x\""));
    CPPUNIT_ASSERT_EQUAL(std::string("subject.CN:a  \"x \\\" y\"\n"), pg_ident("m a \"x \"\" y\""));
    assert_problem("longer than 16384", pg_ident("m " + std::string(16380, 'x') + " bob"));
  }

  void cuts_pg_ident_lines_as_postgresql_does() {
    CPPUNIT_ASSERT_EQUAL(std::string("1: [a] [b] [c] #d\n2:\n3: #x\n"),
                         fields("a\tb  c#d\n\n#x\n"));
    CPPUNIT_ASSERT_EQUAL(std::string("1: [a] [q:b c] [d\"e]\n"), fields("a \"b c\" d\"\"\"\"e\n"));
    CPPUNIT_ASSERT_EQUAL(std::string("1: [q:a\"b] [xy z]\n"), fields("\"a\"\"b\" x\"y z\"\n"));
    CPPUNIT_ASSERT_EQUAL(std::string("1: [a|b] [q:c,d]\n"), fields("a, b \"c,d\"\n"));
    CPPUNIT_ASSERT_EQUAL(std::string("1: [a] [b] [c]\n3: [d]\n"), fields("a \\\nb c\nd"));
  }

  void reads_pg_ident() {
    CPPUNIT_ASSERT_EQUAL(
        std::string("# head\nsubject.CN:alice      al  # x\n\"subject.CN:Bob, Jr\"  bob\n"),
        pg_ident("# head\nm alice al # x\nother eve eve\nm \"Bob, Jr\" bob\n"));
    CPPUNIT_ASSERT_EQUAL(
        std::string("subject.CN:a  x\n1, note: what stands behind the third field is ignored, "
                    "as PostgreSQL does\n"),
        pg_ident("m a x y"));
  }

  void reads_whole_names_of_pg_ident() {
    CPPUNIT_ASSERT_EQUAL(
        std::string("\"subject:2.3.4.5=#0c06637573746f6d,CN=Doe\\\\, Jörg,O=X\"  x\n"),
        pg_ident("m \"2.3.4.5=#0c06637573746f6d,CN=Doe\\, J\\C3\\B6rg,O=X\" x", "m", true));
    assert_problem("cannot be read", pg_ident("m alice x", "m", true));
  }

  void takes_keywords_of_pg_ident_literally_in_quotes() {
    CPPUNIT_ASSERT_EQUAL(std::string("subject.CN:a  all\nsubject.CN:b  +x\nsubject.CN:c  @d\n"),
                         pg_ident("m a \"all\"\nm b \"+x\"\nm c \"@d\"\n"));
  }

  void reports_what_a_pg_ident_line_cannot_say() {
    assert_problem("stands for every user", pg_ident("m a all"));
    assert_problem("members of a role", pg_ident("m a +admins"));
    assert_problem("database user is a regular expression", pg_ident("m a /^a"));
    assert_problem("system user is a regular expression", pg_ident("m /^(.*)@x$ \\1"));
    assert_problem("system user is a regular expression", pg_ident("m \"/a\" b"));
    assert_problem("names a file of names", pg_ident("m @users b"));
    assert_problem("a list of names", pg_ident("m a,b c"));
    assert_problem("fewer than three fields", pg_ident("m a"));
    assert_problem("include_dir is not followed", pg_ident("include_dir more"));
    assert_problem("include is not followed", pg_ident("include"));
  }

  void takes_no_account_where_postgresql_lets_the_client_choose() {
    const auto text = pg_ident("m carol postgres\nm carol carol\n");
    CPPUNIT_ASSERT_MESSAGE(text, text.starts_with("# not imported: line 1 has"));
    CPPUNIT_ASSERT_MESSAGE(text, text.find("subject") == std::string::npos);
  }

  void finds_the_maps_of_pg_ident() {
    const auto maps = pg_ident_maps("b x y\ninclude file more\na x y\nb z z\nc d\n#d e f\n");
    CPPUNIT_ASSERT_EQUAL(std::size_t{2}, maps.size());
    CPPUNIT_ASSERT_EQUAL(std::string("b a"), maps[0] + ' ' + maps[1]);
  }

  void reads_each_mapper_of_pam_pkcs11() {
    CPPUNIT_ASSERT_EQUAL(std::string("subject:CN=a,C=DE  x\n"),
                         pam_pkcs11("subject", "/C=DE/CN=a -> x"));
    CPPUNIT_ASSERT_EQUAL(std::string("subject:CN=a,C=DE  x\n"),
                         pam_pkcs11("subject", "CN=a, C=DE -> x"));
    CPPUNIT_ASSERT_EQUAL(std::string("\"subject.CN:A B\"  x\n"),
                         pam_pkcs11("cn", "  A B -> x \r\n"));
    CPPUNIT_ASSERT_EQUAL(std::string("email:a@b  x\n"), pam_pkcs11("mail", "a@b -> x"));
    CPPUNIT_ASSERT_EQUAL("sha256:" + kDigest + "  x\n", pam_pkcs11("digest", kDigest + " -> x"));
    CPPUNIT_ASSERT_EQUAL("sha1:" + kDigest.substr(24) + "  x\n",
                         pam_pkcs11("digest", kDigest.substr(24) + " -> x"));
    CPPUNIT_ASSERT_EQUAL(std::string("subject.UID:a  x\n"), pam_pkcs11("uid", "a -> x"));
    CPPUNIT_ASSERT_EQUAL(std::string("serial:0A:1B  x\n"), pam_pkcs11("serial", "0A:1B -> x"));
    CPPUNIT_ASSERT_EQUAL(std::string("upn:a@b  x\n"), pam_pkcs11("upn", "a@b -> x"));
    CPPUNIT_ASSERT_EQUAL(std::string("krb5:a@B  x\n"), pam_pkcs11("kpn", "a@B -> x"));
  }

  void tells_the_mapper_of_pam_pkcs11() {
    CPPUNIT_ASSERT_EQUAL(std::string("subject"),
                         pam_pkcs11_mapper("# x@y\n\n/CN=a@b -> x\nCN=b -> y\n"));
    CPPUNIT_ASSERT_EQUAL(std::string("digest"), pam_pkcs11_mapper(kDigest + " -> x\nno arrow\n"));
    CPPUNIT_ASSERT_EQUAL(std::string("mail"), pam_pkcs11_mapper("a@b -> x\nc@d -> y\n"));
    CPPUNIT_ASSERT_EQUAL(std::string(), pam_pkcs11_mapper("a@b -> x\nAlice -> y\n"));
    CPPUNIT_ASSERT_EQUAL(std::string(), pam_pkcs11_mapper(""));
  }

  void reports_what_a_pam_pkcs11_line_cannot_say() {
    assert_problem("has no \" -> \"", pam_pkcs11("cn", "alice->alice"));
    assert_problem("has a blank", pam_pkcs11("cn", "alice -> alice # her"));
    assert_problem("has no \" -> \"", pam_pkcs11("cn", "alice -> "));
    assert_problem("neither SHA-1 nor SHA-256", pam_pkcs11("digest", kDigest.substr(32) + " -> x"));
    assert_problem("hexadecimal", pam_pkcs11("digest", kDigest.substr(1) + "z -> x"));
    assert_problem("has no domain", pam_pkcs11("mail", "alice -> x"));
    assert_problem("cannot be read", pam_pkcs11("subject", "alice -> x"));
    assert_problem("with its realm", pam_pkcs11("kpn", "alice -> x"));
  }

  void reads_a_password_file() {
    CPPUNIT_ASSERT_EQUAL(std::string("# users\nsubject:CN=Al\\,x,C=DE  /C=DE/CN=Al,x\n"),
                         htpasswd("# users\n/C=DE/CN=Al,x:xxj31ZMTZzkVA\r\n"));
    CPPUNIT_ASSERT_EQUAL(std::string("subject:CN=a  /CN=a\n"),
                         htpasswd("/CN=a:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n"));
    assert_problem("is no certificate's name", htpasswd("bob:xxj31ZMTZzkVA"));
  }

  void takes_a_part_of_the_name_as_the_account() {
    const HtpasswdOptions cn{"\x55\x04\x03"};
    CPPUNIT_ASSERT_EQUAL(std::string("subject:CN=Alice,C=DE  Alice\n"),
                         htpasswd("/C=DE/CN=Alice:xxj31ZMTZzkVA", cn));
    assert_problem("has no CN", htpasswd("/C=DE:xxj31ZMTZzkVA", cn));
    assert_problem("has several CN", htpasswd("/CN=a/CN=b:xxj31ZMTZzkVA", cn));
  }

  void lets_nobody_in_whom_the_password_file_kept_out() {
    for (const auto* password : {":!", ":", ":$apr1$a$b", ":xxj31ZMTZzkVB", ":xxj31ZMTZzkVA:x"})
      assert_problem("may have been kept out", htpasswd(std::string("/CN=a") + password));
    assert_problem("is no NAME:PASSWORD", htpasswd("/CN=a"));
    CPPUNIT_ASSERT_EQUAL(std::string("subject:CN=a  /CN=a\n"),
                         htpasswd("/CN=a:$apr1$a$b", {{}, true}));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ImportTest);
