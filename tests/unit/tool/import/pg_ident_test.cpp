#include "tool/import/pg_ident.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstddef>
#include <string>

#include "tool/import/formats.h"
#include "tool/import/imported.h"

using namespace certmap;
using namespace certmap::test;

namespace {

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
    all += line.comment ? " #" + *line.comment + "\n" : "\n";
  });
  return all;
}

}  // namespace

class ImportPgIdentTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ImportPgIdentTest);
  CPPUNIT_TEST(cuts_pg_ident_lines_as_postgresql_does);
  CPPUNIT_TEST(reads_pg_ident);
  CPPUNIT_TEST(reads_whole_names_of_pg_ident);
  CPPUNIT_TEST(takes_keywords_of_pg_ident_literally_in_quotes);
  CPPUNIT_TEST(reports_what_a_pg_ident_line_cannot_say);
  CPPUNIT_TEST(takes_no_account_where_postgresql_lets_the_client_choose);
  CPPUNIT_TEST(finds_the_maps_of_pg_ident);
  CPPUNIT_TEST_SUITE_END();

 public:
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
};

CPPUNIT_TEST_SUITE_REGISTRATION(ImportPgIdentTest);
