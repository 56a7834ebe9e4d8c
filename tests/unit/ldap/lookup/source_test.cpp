#include "ldap/lookup/source.h"

#include <cppunit/extensions/HelperMacros.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "make_certificate.h"

using namespace certmap;
using namespace certmap::test;

namespace {

class NoCache : public SharedCache {
  std::optional<std::string> get(const std::string&) override { return std::nullopt; }
  void put(const std::string&, const std::string&, std::int64_t) override {}
};

/// make_certificate.h gives all certificates one signature, as a CA could that sets out to.
class DirectorySourceTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(DirectorySourceTest);
  CPPUNIT_TEST(filters_are_apart);
  CPPUNIT_TEST(a_forged_signature_is_no_help_with_verify_cert);
  CPPUNIT_TEST(a_forged_signature_is_no_help_in_what_is_shared);
  CPPUNIT_TEST_SUITE_END();

  const Certificate alice_ = make_certificate({});
  const Certificate forged_ = make_certificate({.serial = "\x02"});
  Lookups lookups_;

  DirectorySource source(bool verify = false) {
    DirectorySettings settings;
    settings.servers = {"ldap://127.0.0.1:9"};
    SearchSettings search;
    search.attributes = {"uid"};
    search.verify_certificate = verify;
    return {std::make_shared<Directory>(std::move(settings)), lookups_, std::move(search),
            Filter("(uid={subject.CN})", {})};
  }

 public:
  void filters_are_apart() {
    const auto source = this->source();
    CPPUNIT_ASSERT_EQUAL(source.key_of(alice_, "(uid=a)"), source.key_of(alice_, "(uid=a)"));
    CPPUNIT_ASSERT(source.key_of(alice_, "(uid=a)") != source.key_of(alice_, "(uid=b)"));
  }

  void a_forged_signature_is_no_help_with_verify_cert() {
    const auto source = this->source(true);
    CPPUNIT_ASSERT(source.key_of(alice_, "(uid=a)") != source.key_of(forged_, "(uid=a)"));
  }

  void a_forged_signature_is_no_help_in_what_is_shared() {
    lookups_.share(std::make_unique<NoCache>(), Seal::random());
    const auto source = this->source();
    CPPUNIT_ASSERT(source.key_of(alice_, "(uid=a)") != source.key_of(forged_, "(uid=a)"));
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DirectorySourceTest);

}  // namespace
