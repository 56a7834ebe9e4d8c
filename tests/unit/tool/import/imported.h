// What an import makes of a text, as the map file that it writes and the reports behind it.
#pragma once

#include <cppunit/extensions/HelperMacros.h>

#include <sstream>
#include <string>

#include "check_map_text.h"
#include "tool/import/formats.h"

namespace certmap::test {

/// The map file, then the reports as "LINE: text" (notes: "LINE, note: text").
inline std::string outcome(const ImportedMap& map) {
  std::ostringstream written;
  map.write(written);
  auto text = written.str();
  const auto check = check_map_text(text);
  CPPUNIT_ASSERT_MESSAGE(text, check.errors.empty());
  for (const auto& report : map.reports())
    text += std::to_string(report.line) + (report.is_note ? ", note: " : ": ") + report.text + "\n";
  return text;
}

inline std::string gridmap(const std::string& text) {
  ImportedMap map(TwoAccounts::FirstDecides);
  import_gridmap(text, map);
  return outcome(map);
}

inline std::string pg_ident(const std::string& text, const std::string& name = "m",
                            bool whole_name = false) {
  ImportedMap map(TwoAccounts::NobodyDecides);
  import_pg_ident(text, {name, whole_name}, map);
  return outcome(map);
}

/// `outcome` is nothing but a problem of line 1 that holds `part`.
inline void assert_problem(const std::string& part, const std::string& outcome) {
  CPPUNIT_ASSERT_MESSAGE(outcome, outcome.starts_with("1: "));
  CPPUNIT_ASSERT_MESSAGE(outcome + " | " + part, outcome.find(part) != std::string::npos);
  CPPUNIT_ASSERT_MESSAGE(outcome, outcome.find("; ") != std::string::npos);
  CPPUNIT_ASSERT_EQUAL_MESSAGE(outcome, outcome.size() - 1, outcome.find('\n'));
}

}  // namespace certmap::test
