#include "core/utc_text.h"

#include <cppunit/extensions/HelperMacros.h>

namespace certmap {
namespace {

class UtcTextTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(UtcTextTest);
  CPPUNIT_TEST(writes_moments);
  CPPUNIT_TEST(writes_milliseconds);
  CPPUNIT_TEST(writes_dates);
  CPPUNIT_TEST_SUITE_END();

  void writes_moments() {
    CPPUNIT_ASSERT_EQUAL(std::string("1970-01-01T00:00:00Z"), utc_text(0));
    CPPUNIT_ASSERT_EQUAL(std::string("2024-02-29T23:59:59Z"), utc_text(1709251199));
    CPPUNIT_ASSERT_EQUAL(std::string("1949-12-31T23:59:59Z"), utc_text(-631152001));
    CPPUNIT_ASSERT_EQUAL(std::string("9999-12-31T23:59:59Z"), utc_text(253402300799));
  }

  void writes_milliseconds() {
    CPPUNIT_ASSERT_EQUAL(std::string("1970-01-01T00:00:01.007Z"), utc_text(1, 7));
    CPPUNIT_ASSERT_EQUAL(std::string("1970-01-01T00:00:01.000Z"), utc_text(1, 0));
  }

  void writes_dates() { CPPUNIT_ASSERT_EQUAL(std::string("2024-02-29"), utc_date(1709251199)); }
};

CPPUNIT_TEST_SUITE_REGISTRATION(UtcTextTest);

}  // namespace
}  // namespace certmap
