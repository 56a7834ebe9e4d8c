#include <cppunit/extensions/HelperMacros.h>
#include <unistd.h>

#include <string>

#include "core/crl/crl_files.h"
#include "core/live/memory.h"
#include "core/text/calendar.h"
#include "crls_on_disk.h"

using namespace certmap;
using namespace certmap::test;

class CrlRunOutTest : public CrlsOnDisk {
  CPPUNIT_TEST_SUITE(CrlRunOutTest);
  CPPUNIT_TEST(tells_once_of_what_has_run_out);
  CPPUNIT_TEST(clock_that_was_ahead_takes_no_news_away);
  CPPUNIT_TEST_SUITE_END();

  void tells_once_of_what_has_run_out() {
    write("a.crl", list(1, "x"));
    const auto files = loaded(path("a.crl"));
    const auto told = files->passed();
    CPPUNIT_ASSERT(told.size() == 1 && told[0].run_out.size() == 1);
    CPPUNIT_ASSERT_EQUAL(path("a.crl"), told[0].run_out[0].path);
    CPPUNIT_ASSERT(files->passed().empty());
    // A new one that has run out already is told of with its load.
    write("a.crl", list(2));
    const auto loads = reload(*files);
    CPPUNIT_ASSERT(loads.size() == 1 && loads[0].run_out.size() == 1);
    // The same one, fetched again, is no news.
    write("a.crl", list(2));
    const auto again = reload(*files);
    CPPUNIT_ASSERT(again.size() == 1 && again[0].changed && again[0].run_out.empty());
    // A restart does not repeat it.
    Files after(path("a.crl"), authorities(), dup(files->memfd()), true);
    CPPUNIT_ASSERT(after.load_all()[0].run_out.empty() && after.passed().empty());
  }

  void clock_that_was_ahead_takes_no_news_away() {
    write("a.crl", list(1, "x"));
    const auto files = loaded(path("a.crl"));
    ImageMemory memory(kPackFormat, files->memfd());
    const auto ahead = now_in_seconds() + 2 * kSecondsPerDay;
    CPPUNIT_ASSERT(memory.tell_until(0, ahead));
    const auto soon = utc_date(now_in_seconds() + kSecondsPerDay * 3 / 2);
    write("a.crl", crl_der({.this_update = day(2),
                            .next_update =
                                soon.substr(2, 2) + soon.substr(5, 2) + soon.substr(8) + "000000Z",
                            .entries = ""},
                           key_));
    const auto loads = reload(*files);
    CPPUNIT_ASSERT(loads.size() == 1 && loads[0].changed && loads[0].run_out.empty());
    CPPUNIT_ASSERT(files->passed().empty());
    CPPUNIT_ASSERT(memory.told_until() < ahead - kSecondsPerDay);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(CrlRunOutTest);
