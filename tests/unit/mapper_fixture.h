// Rules that decide about a certificate while it is valid, some with a map file of their own.
#pragma once

#include <cppunit/extensions/HelperMacros.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/certificate/certificate.h"
#include "core/map/map_file.h"
#include "core/rule/decision.h"
#include "core/rule/mapper.h"
#include "core/rule/rule.h"
#include "make_ca.h"
#include "make_certificate.h"
#include "rule_lines.h"

namespace certmap::test {

inline constexpr std::int64_t kNow = 1780000000;  ///< inside the validity of make_certificate()

class MapperFixture : public CppUnit::TestFixture {
 protected:
  static Mapper mapper(const std::vector<std::vector<std::string>>& rules) {
    std::vector<std::shared_ptr<const Rule>> made;
    for (const auto& lines : rules)
      made.push_back(rule(lines, "r" + std::to_string(made.size() + 1)));
    return Mapper(std::move(made));
  }

  static Decision decide(const Mapper& mapper, const Certificate& certificate,
                         std::int64_t now = kNow) {
    return mapper.decide({.certificate = &certificate, .verified = true, .now = now});
  }

  /// "bob" where it maps to bob, the reason otherwise.
  static std::string outcome(const Decision& decision) {
    return decision.reason == Reason::Mapped ? decision.account
                                             : std::string(word(decision.reason));
  }

  /// A file of these lines.
  struct Map {
    TemporaryFile text;
    std::shared_ptr<MapFile> file;

    explicit Map(const std::string& lines) {
      text.add(lines);
      file = std::make_shared<MapFile>(text.path(), geteuid());
      const auto load = file->load();
      CPPUNIT_ASSERT_EQUAL_MESSAGE(load.errors.empty() ? "" : load.errors[0], std::size_t{0},
                                   load.errors.size());
    }
  };

  static std::shared_ptr<const Rule> file_rule(const std::shared_ptr<MapFile>& file,
                                               const std::string& kinds = "",
                                               const std::string& match = "") {
    RuleResources resources([&](const std::string&) { return file; });
    RuleBuilder builder("file", resources);
    if (!match.empty()) builder.match(words(match));
    builder.file(words("map " + kinds));
    return builder.build();
  }

  Certificate alice_ = with_alt_names(email("alice@example.com") + dns("alice.example.com"));
  Certificate two_ = with_alt_names(email("a@example.com") + email("b@example.com"));
};

}  // namespace certmap::test
