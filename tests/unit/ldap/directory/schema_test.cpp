#include <cppunit/extensions/HelperMacros.h>

#include <optional>
#include <string>

#include "ldap/directory/check.h"

using namespace certmap;

namespace {

class SchemaTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(SchemaTest);
  CPPUNIT_TEST(knows_every_name_and_the_oid);
  CPPUNIT_TEST(options_do_not_matter);
  CPPUNIT_TEST(does_not_know_others);
  CPPUNIT_TEST(takes_a_type_without_a_name);
  CPPUNIT_TEST(leaves_out_what_it_cannot_read);
  CPPUNIT_TEST_SUITE_END();

  using Name = std::optional<std::string>;

  const Schema schema_{{"( 2.5.4.3 NAME ( 'cn' 'commonName' ) SUP name )",
                        "( 2.5.4.36 NAME 'userCertificate' SYNTAX 1.3.6.1.4.1.1466.115.121.1.8 )",
                        "( 1.3.6.1.4.1.32473.9 SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )", "( broken",
                        ""}};

 public:
  void knows_every_name_and_the_oid() {
    for (const char* each : {"cn", "CN", "commonname", "2.5.4.3"})
      CPPUNIT_ASSERT_MESSAGE(each, schema_.name_of(each) == Name("cn"));
  }

  void options_do_not_matter() {
    CPPUNIT_ASSERT(schema_.name_of("userCertificate;binary") == Name("userCertificate"));
    CPPUNIT_ASSERT(schema_.name_of("CN;lang-de;x") == Name("cn"));
  }

  void does_not_know_others() {
    for (const char* each : {"c", "cnx", "", ";binary", "2.5.4"})
      CPPUNIT_ASSERT_MESSAGE(each, !schema_.name_of(each));
  }

  void takes_a_type_without_a_name() {
    CPPUNIT_ASSERT(schema_.name_of("1.3.6.1.4.1.32473.9") == Name("1.3.6.1.4.1.32473.9"));
  }

  void leaves_out_what_it_cannot_read() {
    CPPUNIT_ASSERT(!schema_.empty());
    CPPUNIT_ASSERT(Schema({"( broken", "nonsense"}).empty());
    CPPUNIT_ASSERT(!schema_.name_of("broken"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(SchemaTest);

}  // namespace
