#include "tool/import/slash_name.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>

#include "core/text/error.h"

using namespace certmap;

namespace {

std::string rfc4514(const std::string& slash_name) {
  return to_text(parse_slash_name(slash_name), NameStyle::Rfc4514);
}

void assert_name(const std::string& expected, const std::string& slash_name) {
  CPPUNIT_ASSERT_EQUAL(expected, rfc4514(slash_name));
}

void assert_refused(const std::string& slash_name, const std::string& part) {
  try {
    const auto text = rfc4514(slash_name);
    CPPUNIT_FAIL(slash_name + " was read as " + text);
  } catch (const ConfigError& error) {
    CPPUNIT_ASSERT_MESSAGE(error.what(), std::string(error.what()).find(part) != std::string::npos);
  }
}

}  // namespace

class ImportSlashNameTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(ImportSlashNameTest);
  CPPUNIT_TEST(turns_the_order_round);
  CPPUNIT_TEST(keeps_slashes_that_begin_no_part);
  CPPUNIT_TEST(takes_a_slash_before_a_type_as_the_next_part);
  CPPUNIT_TEST(reads_escapes);
  CPPUNIT_TEST(leaves_other_backslashes_alone);
  CPPUNIT_TEST(reads_several_values_of_one_part);
  CPPUNIT_TEST(reads_octets_as_utf8_or_bmp);
  CPPUNIT_TEST(knows_old_names_of_types);
  CPPUNIT_TEST(refuses_types_that_nobody_knows);
  CPPUNIT_TEST(refuses_what_is_no_name);
  CPPUNIT_TEST(refuses_values_that_no_certificate_has);
  CPPUNIT_TEST_SUITE_END();

 public:
  void turns_the_order_round() {
    assert_name("CN=alice,O=Example,C=DE", "/C=DE/O=Example/CN=alice");
    assert_name("CN=alice,DC=example,DC=com", "/DC=com/DC=example/CN=alice");
  }

  void keeps_slashes_that_begin_no_part() {
    assert_name("CN=host/www.example.org,O=Grid", "/O=Grid/CN=host/www.example.org");
    assert_name("CN=a//b/,O=Grid", "/O=Grid/CN=a//b/");
    assert_name("CN=http://x/y?z=1", "/CN=http://x/y?z=1");
  }

  void takes_a_slash_before_a_type_as_the_next_part() {
    assert_name("CN=bob,CN=host", "/CN=host/CN=bob");
    assert_name("1.2.3.4=x,CN=a", "/CN=a/1.2.3.4=x");
    assert_name("CN=,OU=,O=Grid", "/O=Grid/OU=/CN=");
  }

  void reads_escapes() {
    assert_name("CN=a/CN=b", "/CN=a\\/CN=b");
    assert_name("CN=a\\+UID=b", "/CN=a\\+UID=b");
  }

  void leaves_other_backslashes_alone() {
    assert_name("CN=a\\\\x41\\\\q\\\\", "/CN=a\\x41\\q\\");
    assert_name("CN=a\\\\xC", "/CN=a\\xC");
  }

  void reads_several_values_of_one_part() {
    assert_name("UID=b+CN=a,O=X", "/O=X/CN=a+UID=b");
    assert_name("CN=a\\+b", "/CN=a+b");
    assert_name("CN=1\\+1=2", "/CN=1+1=2");
  }

  void reads_octets_as_utf8_or_bmp() {
    assert_name("CN=Jörg", "/CN=J\\xC3\\xB6rg");
    assert_name("CN=Jörg", "/CN=J\xC3\xB6rg");
    assert_name("CN=Bé", "/CN=\\x00B\\x00\\xE9");
  }

  void knows_old_names_of_types() {
    assert_name("emailAddress=a@b", "/Email=a@b");
    assert_name("emailAddress=a@b", "/E=a@b");
    assert_name("UID=a", "/USERID=a");
    assert_name("UID=a", "/UID=a");
    assert_name("CN=a,C=DE", "/c=DE/commonName=a");
  }

  void refuses_types_that_nobody_knows() {
    assert_refused("/O=Grid/S=Bavaria/CN=x", "unknown type in its part 2;");
    assert_refused("/Nonsense=x", "unknown type in its part 1;");
  }

  void refuses_what_is_no_name() {
    for (const auto* text :
         {"", "/", "alice", "/alice", "CN=alice", "/=x", "//CN=x", "/atlas/Role=x"})
      assert_refused(text, "does not begin with a type");
  }

  void refuses_values_that_no_certificate_has() {
    assert_refused("/C=DE/CN=J\\xF6rg", "not valid UTF-8");
    assert_refused("/CN=a\\x0Ab", "control character");
    assert_refused("/CN=ab\\x00", "not a valid BMPString");
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(ImportSlashNameTest);
