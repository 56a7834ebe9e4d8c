#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "tool/import/formats.h"
#include "tool/import/imported.h"

using namespace certmap;
using namespace certmap::test;

namespace {

std::string htpasswd(const std::string& text, const HtpasswdOptions& options = {}) {
  ImportedMap map(TwoAccounts::FirstDecides);
  import_htpasswd(text, options, map);
  return outcome(map);
}

}  // namespace

class ImportHtpasswdTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ImportHtpasswdTest);
  CPPUNIT_TEST(reads_a_password_file);
  CPPUNIT_TEST(takes_a_part_of_the_name_as_the_account);
  CPPUNIT_TEST(lets_nobody_in_whom_the_password_file_kept_out);
  CPPUNIT_TEST_SUITE_END();

 public:
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

CPPUNIT_TEST_SUITE_REGISTRATION(ImportHtpasswdTest);
