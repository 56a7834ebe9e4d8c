#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <vector>

#include "ldap/wire/connection.h"

using namespace certmap;

namespace {

class EntryTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(EntryTest);
  CPPUNIT_TEST(names_compare_without_case);
  CPPUNIT_TEST(binary_is_the_same_attribute);
  CPPUNIT_TEST(other_options_are_other_attributes);
  CPPUNIT_TEST(what_is_not_there_has_no_values);
  CPPUNIT_TEST_SUITE_END();

  using Values = std::vector<std::string>;

  const Entry entry_{.dn = "uid=a",
                     .attributes = {{"UID", {"alice"}},
                                    {"userCertificate;BINARY", {std::string("\0\1", 2)}},
                                    {"usercertificate", {"x"}},
                                    {"cn;lang-de", {"Alize"}},
                                    {"cn", {}}}};

 public:
  void names_compare_without_case() {
    CPPUNIT_ASSERT(entry_.values("uid") == Values{"alice"});
    CPPUNIT_ASSERT(entry_.values("uId") == Values{"alice"});
  }

  void binary_is_the_same_attribute() {
    const Values both{std::string("\0\1", 2), "x"};
    CPPUNIT_ASSERT(entry_.values("userCertificate") == both);
    CPPUNIT_ASSERT(entry_.values("userCertificate;binary") == both);
  }

  void other_options_are_other_attributes() {
    CPPUNIT_ASSERT(entry_.values("cn").empty());
    CPPUNIT_ASSERT(entry_.values("CN;lang-DE") == Values{"Alize"});
  }

  void what_is_not_there_has_no_values() {
    CPPUNIT_ASSERT(entry_.values("ui").empty());
    CPPUNIT_ASSERT(entry_.values("uid2").empty());
    CPPUNIT_ASSERT(entry_.values("").empty());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(EntryTest);

}  // namespace
