#include "ldap/wire/failure.h"

#include <cppunit/extensions/HelperMacros.h>
#include <ldap.h>

#include <chrono>
#include <string>
#include <string_view>

using namespace certmap;

namespace {

class FailureTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(FailureTest);
  CPPUNIT_TEST(a_result_tells_of_the_search_or_of_the_server);
  CPPUNIT_TEST(unknown_results_are_the_servers);
  CPPUNIT_TEST(clean_text_stays_as_it_is);
  CPPUNIT_TEST(other_text_is_made_clean);
  CPPUNIT_TEST(long_text_is_cut_between_characters);
  CPPUNIT_TEST(no_time_is_left_after_the_deadline);
  CPPUNIT_TEST_SUITE_END();

  using Kind = LdapFailure::Kind;

 public:
  void a_result_tells_of_the_search_or_of_the_server() {
    for (const int code : {LDAP_UNDEFINED_TYPE, LDAP_INAPPROPRIATE_MATCHING, LDAP_INVALID_SYNTAX,
                           LDAP_INVALID_DN_SYNTAX, LDAP_TIMELIMIT_EXCEEDED})
      CPPUNIT_ASSERT_MESSAGE(std::to_string(code), kind_of(code) == Kind::Question);
    for (const int code : {LDAP_NO_SUCH_OBJECT, LDAP_REFERRAL, LDAP_INSUFFICIENT_ACCESS})
      CPPUNIT_ASSERT_MESSAGE(std::to_string(code), kind_of(code) == Kind::Elsewhere);
    for (const int code :
         {LDAP_BUSY, LDAP_UNAVAILABLE, LDAP_OPERATIONS_ERROR, LDAP_STRONG_AUTH_REQUIRED})
      CPPUNIT_ASSERT_MESSAGE(std::to_string(code), kind_of(code) == Kind::Server);
  }

  void unknown_results_are_the_servers() {
    CPPUNIT_ASSERT(kind_of(4711) == Kind::Server);
    CPPUNIT_ASSERT(kind_of(-1) == Kind::Server);
  }

  void clean_text_stays_as_it_is() {
    CPPUNIT_ASSERT_EQUAL(std::string("uid=josé,dc=x"), for_log("uid=josé,dc=x"));
    CPPUNIT_ASSERT_EQUAL(std::string(256, 'x'), for_log(std::string(256, 'x')));
    CPPUNIT_ASSERT_EQUAL(std::string(), for_log(""));
  }

  void other_text_is_made_clean() {
    CPPUNIT_ASSERT_EQUAL(std::string("a?[31mb?c"), for_log("a\x1b[31mb\nc"));
    CPPUNIT_ASSERT_EQUAL(std::string("a??b"), for_log("a\xc2\x9b"
                                                      "b"));
    CPPUNIT_ASSERT_EQUAL(std::string("a?b"), for_log("a\xff"
                                                     "b"));
    CPPUNIT_ASSERT_EQUAL(std::string("a?b"), for_log(std::string_view("a\0b", 3)));
  }

  void long_text_is_cut_between_characters() {
    CPPUNIT_ASSERT_EQUAL(std::string(256, 'x') + "…", for_log(std::string(257, 'x')));
    CPPUNIT_ASSERT_EQUAL(std::string(255, 'x') + "…", for_log(std::string(255, 'x') + "éy"));
    CPPUNIT_ASSERT_EQUAL(std::string(254, 'x') + "é…", for_log(std::string(254, 'x') + "éé"));
  }

  void no_time_is_left_after_the_deadline() {
    const auto now = std::chrono::steady_clock::now();
    CPPUNIT_ASSERT(time_left(now - std::chrono::hours(1)).count() == 0);
    CPPUNIT_ASSERT(time_left(now + std::chrono::hours(1)) > std::chrono::minutes(59));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(FailureTest);

}  // namespace
