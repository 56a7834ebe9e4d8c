// What a filter with templates becomes for a certificate, or why the configuration refuses it.
#pragma once

#include <cppunit/extensions/HelperMacros.h>

#include <string>
#include <vector>

#include "core/rule/match.h"
#include "core/text/error.h"
#include "ldap/config/filter.h"
#include "make_certificate.h"
#include "rule_lines.h"

namespace certmap::test {

using Words = std::vector<std::string>;

inline std::vector<Match> matches_of(const Words& lines) {
  std::vector<Match> matches;
  for (const auto& line : lines) matches.emplace_back(words(line));
  return matches;
}

inline Expansion expansion(const std::string& filter, const Certificate& certificate,
                           const Words& lines = {}) {
  const auto matches = matches_of(lines);
  KnownValues known(certificate);
  return Filter(filter, matches).expand({known, matches});
}

inline std::string error_for(const std::string& filter, const Words& lines = {}) {
  try {
    Filter(filter, matches_of(lines));
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "none";
}

inline void refused(const std::string& filter, const std::string& part) {
  const auto error = error_for(filter);
  CPPUNIT_ASSERT_MESSAGE(filter + " => " + error, error.find(part) != std::string::npos);
}

inline void accepted(const std::string& filter) {
  CPPUNIT_ASSERT_EQUAL_MESSAGE(filter, std::string("none"), error_for(filter));
}

inline void check(const std::string& expected, const std::string& filter,
                  const Certificate& certificate, const Words& lines = {}) {
  const auto result = expansion(filter, certificate, lines);
  CPPUNIT_ASSERT_EQUAL(expected, result.text);
  CPPUNIT_ASSERT(result.reason == Reason::Mapped);
}

inline Certificate alice() { return with_alt_names(email("alice@example.com")); }

}  // namespace certmap::test
