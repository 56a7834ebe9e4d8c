#include "core/count/metrics.h"

#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <vector>

using namespace certmap;

namespace {

std::vector<Metric> samples_of(const std::string& value) {
  return {{"certmap_things", "Things.", Metric::Type::Counter, {{{{"path", value}}, 3}}}};
}

class MetricsTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(MetricsTest);
  CPPUNIT_TEST(the_text_format);
  CPPUNIT_TEST(open_metrics_names_a_counter_without_total_and_has_an_end);
  CPPUNIT_TEST(values_of_labels_are_escaped);
  CPPUNIT_TEST(what_is_not_utf8_cannot_spoil_a_scrape);
  CPPUNIT_TEST(lines_of_names_and_values);
  CPPUNIT_TEST(no_value_makes_a_line_of_its_own);
  CPPUNIT_TEST(numbers);
  CPPUNIT_TEST_SUITE_END();

 public:
  void the_text_format() {
    const std::vector<Metric> metrics{
        {"certmap_up", "Whether.", Metric::Type::Gauge, {{{}, 1}}},
        {"certmap_none", "Nothing.", Metric::Type::Gauge, {}},
        {"certmap_wait_seconds",
         "Wait.",
         Metric::Type::Histogram,
         {{{{"le", "+Inf"}}, 2, "_bucket"}, {{}, 0.25, "_sum"}, {{}, 2, "_count"}}}};
    CPPUNIT_ASSERT_EQUAL(std::string("# HELP certmap_up Whether.\n"
                                     "# TYPE certmap_up gauge\n"
                                     "certmap_up 1\n"
                                     "# HELP certmap_wait_seconds Wait.\n"
                                     "# TYPE certmap_wait_seconds histogram\n"
                                     "certmap_wait_seconds_bucket{le=\"+Inf\"} 2\n"
                                     "certmap_wait_seconds_sum 0.25\n"
                                     "certmap_wait_seconds_count 2\n"),
                         expose(metrics, Exposition::Prometheus));
  }

  void open_metrics_names_a_counter_without_total_and_has_an_end() {
    CPPUNIT_ASSERT_EQUAL(std::string("# HELP certmap_things_total Things.\n"
                                     "# TYPE certmap_things_total counter\n"
                                     "certmap_things_total{path=\"a\"} 3\n"),
                         expose(samples_of("a"), Exposition::Prometheus));
    CPPUNIT_ASSERT_EQUAL(std::string("# HELP certmap_things Things.\n"
                                     "# TYPE certmap_things counter\n"
                                     "certmap_things_total{path=\"a\"} 3\n"
                                     "# EOF\n"),
                         expose(samples_of("a"), Exposition::OpenMetrics));
  }

  void values_of_labels_are_escaped() {
    const auto text = expose(samples_of("a\\b\"c\nd"), Exposition::Prometheus);
    CPPUNIT_ASSERT(text.find("{path=\"a\\\\b\\\"c\\nd\"} 3\n") != std::string::npos);
  }

  void what_is_not_utf8_cannot_spoil_a_scrape() {
    const auto text = expose(samples_of("caf\xe9"), Exposition::Prometheus);
    CPPUNIT_ASSERT(text.find("{path=\"caf?\"}") != std::string::npos);
    CPPUNIT_ASSERT(expose(samples_of("café"), Exposition::Prometheus).find("\"café\"") !=
                   std::string::npos);
  }

  void lines_of_names_and_values() {
    CPPUNIT_ASSERT_EQUAL(std::string("Things(a): 3\n"), name_value_lines(samples_of("a")));
    CPPUNIT_ASSERT_EQUAL(std::string("MapFileLastError(x,y): why\n"),
                         name_value_line("certmap_map_file_last_error", {"x", "y"}, "why"));
    CPPUNIT_ASSERT_EQUAL(std::string("UptimeSeconds: 1\n"),
                         name_value_line("certmap_uptime_seconds", {}, "1"));
  }

  void no_value_makes_a_line_of_its_own() {
    CPPUNIT_ASSERT_EQUAL(std::string("X(a\\u000ab): c\\u000d\\u007fd\n"),
                         name_value_line("x", {"a\nb"},
                                         "c\r\x7f"
                                         "d"));
  }

  void numbers() {
    CPPUNIT_ASSERT_EQUAL(std::string("0"), number_text(0));
    CPPUNIT_ASSERT_EQUAL(std::string("0.0025"), number_text(0.0025));
    CPPUNIT_ASSERT_EQUAL(std::string("1795273456.125"), number_text(1795273456.125));
    CPPUNIT_ASSERT_EQUAL(std::string("9007199254740992"), number_text(9007199254740992.0));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(MetricsTest);

}  // namespace
