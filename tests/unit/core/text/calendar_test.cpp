#include "core/text/calendar.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstdint>
#include <string>
#include <utility>

namespace certmap {
namespace {

class CalendarTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(CalendarTest);
  CPPUNIT_TEST(writes_moments);
  CPPUNIT_TEST(writes_milliseconds);
  CPPUNIT_TEST(writes_dates);
  CPPUNIT_TEST(reads_dates);
  CPPUNIT_TEST(counts_whole_days);
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

  void reads_dates() {
    CPPUNIT_ASSERT_EQUAL(std::int64_t{1709164800}, day_of("2024-02-29").value());
    CPPUNIT_ASSERT_EQUAL(std::int64_t{-86400}, day_of("1969-12-31").value());
    for (const char* text :
         {"", "2024-02-30", "2023-02-29", "2024-13-01", "2024-00-01", "2024-1-01", "2024-01-001",
          "24-01-01", "2024/01/01", "2024-01-0x", "+024-01-01"})
      CPPUNIT_ASSERT_MESSAGE(text, !day_of(text));
  }

  void counts_whole_days() {
    const std::pair<std::int64_t, std::int64_t> cases[] = {
        {0, 0},   {86399, 0},   {86400, 1},   {30 * 86400, 30},
        {-1, -1}, {-86400, -1}, {-86401, -2}, {-30 * 86400, -30}};
    for (const auto& [seconds, days] : cases)
      CPPUNIT_ASSERT_EQUAL(days, days_between(1'000'000, 1'000'000 + seconds));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CalendarTest);

}  // namespace
}  // namespace certmap
