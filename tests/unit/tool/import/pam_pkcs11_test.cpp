#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "tool/import/formats.h"
#include "tool/import/imported.h"

using namespace certmap;
using namespace certmap::test;

namespace {

std::string pam_pkcs11(const std::string& mapper, const std::string& text) {
  ImportedMap map(TwoAccounts::FirstDecides);
  import_pam_pkcs11(text, mapper, map);
  return outcome(map);
}

const std::string kDigest(64, 'a');

}  // namespace

class ImportPamPkcs11Test : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ImportPamPkcs11Test);
  CPPUNIT_TEST(reads_each_mapper_of_pam_pkcs11);
  CPPUNIT_TEST(tells_the_mapper_of_pam_pkcs11);
  CPPUNIT_TEST(reports_what_a_pam_pkcs11_line_cannot_say);
  CPPUNIT_TEST_SUITE_END();

 public:
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
};

CPPUNIT_TEST_SUITE_REGISTRATION(ImportPamPkcs11Test);
