#include "ldap/directory/directory.h"

#include <cppunit/extensions/HelperMacros.h>

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/text/error.h"
#include "make_ca.h"
#include "silent_server.h"

using namespace certmap;
using namespace certmap::test;

namespace {

class DirectoryTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(DirectoryTest);
  CPPUNIT_TEST(refused_connections_are_a_failure_that_names_the_server);
  CPPUNIT_TEST(silence_ends_at_the_deadline);
  CPPUNIT_TEST(silence_in_a_tls_handshake_ends_at_the_deadline);
  CPPUNIT_TEST(every_server_is_tried);
  CPPUNIT_TEST(the_observer_is_told_once);
  CPPUNIT_TEST(a_connection_is_waited_for_until_the_deadline);
  CPPUNIT_TEST(a_bind_needs_a_password);
  CPPUNIT_TEST(check_says_that_it_cannot_be_reached);
  CPPUNIT_TEST(check_tells_of_a_server_that_accepts_and_is_silent_once);
  CPPUNIT_TEST(a_search_does_not_wait_for_a_check);
  CPPUNIT_TEST(a_trial_is_told_nobody_and_takes_no_connection);
  CPPUNIT_TEST(a_trial_ends_where_it_is_stopped);
  CPPUNIT_TEST(a_certificate_that_libldap_cannot_read_is_a_mistake);
  CPPUNIT_TEST_SUITE_END();

  using Clock = std::chrono::steady_clock;

  const SearchRequest request_{.base = "dc=x", .filter = "(uid=a)", .attributes = {"uid"}};

  static DirectorySettings settings(std::vector<std::string> servers) {
    DirectorySettings settings;
    settings.servers = std::move(servers);
    settings.timeout = std::chrono::seconds(1);
    return settings;
  }

  static std::string refusing() {
    SilentServer server;
    return server.url();
  }

  std::deque<TemporaryFile> files_;

  template <typename Content>
  std::shared_ptr<const ConfigFile> config_file(const Content& content) {
    return std::make_shared<ConfigFile>(
        read_config_file(files_.emplace_back().add(content).path()));
  }

  void expect_failure(Directory& directory, const std::string& part) const {
    const auto start = Clock::now();
    const auto finding = directory.search(request_);
    CPPUNIT_ASSERT(finding.reason == Reason::BackendUnavailable);
    CPPUNIT_ASSERT_MESSAGE(finding.detail, finding.detail.find(part) != std::string::npos);
    CPPUNIT_ASSERT(Clock::now() - start < std::chrono::seconds(10));
  }

 public:
  void refused_connections_are_a_failure_that_names_the_server() {
    const auto server = refusing();
    Directory directory(settings({server}));
    expect_failure(directory, server + " cannot be connected to");
  }

  void silence_ends_at_the_deadline() {
    const SilentServer server;
    Directory directory(settings({server.url()}));
    expect_failure(directory, server.url() + " does not answer in time");
  }

  void silence_in_a_tls_handshake_ends_at_the_deadline() {
    const SilentServer server;
    auto with_tls = settings({server.url("ldaps")});
    with_tls.security = Security::Ldaps;
    with_tls.ca = config_file(make_ca("CA", make_key()));
    Directory directory(with_tls);
    expect_failure(directory, server.url("ldaps") + " does not answer in time");
  }

  void every_server_is_tried() {
    const SilentServer silent;
    const auto other = refusing();
    Directory directory(settings({silent.url(), other}));
    CPPUNIT_ASSERT_EQUAL(silent.url() + " " + other, directory.name());
    expect_failure(directory, silent.url() + " does not answer in time; " + other + " cannot");
  }

  void the_observer_is_told_once() {
    Directory directory(settings({refusing()}));
    int told = 0;
    directory.set_observer([&](const Directory& which, bool up, const std::string& why) {
      CPPUNIT_ASSERT(&which == &directory && !up && !why.empty());
      ++told;
    });
    for (int i = 0; i < 3; ++i) directory.search(request_);
    CPPUNIT_ASSERT_EQUAL(1, told);
  }

  void a_connection_is_waited_for_until_the_deadline() {
    const SilentServer server;
    auto one = settings({server.url()});
    one.connections = 1;
    one.timeout = std::chrono::seconds(2);
    Directory directory(one);
    std::thread other([&] { directory.search(request_); });
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    const auto start = Clock::now();
    const auto finding = directory.search(request_);
    const auto took = Clock::now() - start;
    other.join();
    CPPUNIT_ASSERT(finding.reason == Reason::BackendUnavailable);
    CPPUNIT_ASSERT(took > std::chrono::seconds(1) && took < std::chrono::seconds(10));
  }

  void a_bind_needs_a_password() {
    const SilentServer server;
    auto bound = settings({server.url()});
    bound.bind_dn = "cn=httpd";
    Directory directory(bound);
    expect_failure(directory, "without a password");
  }

  void check_says_that_it_cannot_be_reached() {
    const auto server = refusing();
    Directory directory(settings({server}));
    const auto sentences = directory.check(request_, {});
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, sentences.size());
    CPPUNIT_ASSERT(sentences[0].starts_with(server + " cannot be connected to"));
  }

  void check_tells_of_a_server_that_accepts_and_is_silent_once() {
    const SilentServer silent;
    Directory directory(settings({silent.url()}));
    directory.set_observer(
        [](const Directory&, bool up, const std::string&) { CPPUNIT_ASSERT_MESSAGE("up", !up); });
    const auto sentences = directory.check(request_, {});
    CPPUNIT_ASSERT_EQUAL(std::size_t{1}, sentences.size());
    CPPUNIT_ASSERT_EQUAL(silent.url() + " does not answer in time", sentences[0]);
    CPPUNIT_ASSERT(!directory.is_up());
    CPPUNIT_ASSERT(directory.check(request_, {}).empty());
    CPPUNIT_ASSERT(!directory.is_up());
  }

  void a_search_does_not_wait_for_a_check() {
    const SilentServer server;
    auto one = settings({server.url()});
    one.connections = 1;
    one.timeout = std::chrono::seconds(3);
    Directory directory(one);
    std::thread other([&] { directory.check(request_, {}); });
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    const auto finding = directory.search(request_, Clock::now() - std::chrono::seconds(2));
    other.join();
    CPPUNIT_ASSERT_EQUAL(server.url() + " does not answer in time", finding.detail);
  }

  void a_trial_is_told_nobody_and_takes_no_connection() {
    const SilentServer server;
    auto one = settings({server.url()});
    one.connections = 1;
    Directory directory(one);
    int told = 0;
    directory.set_observer([&](const Directory&, bool, const std::string&) { ++told; });
    const std::stop_source over;
    Finding tried;
    std::thread trial([&] {
      tried = directory.search(request_, Clock::now() + std::chrono::seconds(2), over.get_token());
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    expect_failure(directory, "does not answer in time");
    CPPUNIT_ASSERT_EQUAL(1, told);
    trial.join();
    CPPUNIT_ASSERT(tried.detail.find("does not answer in time") != std::string::npos);
    Directory another(one);
    another.set_observer([&](const Directory&, bool, const std::string&) { ++told; });
    another.search(request_, Clock::now(), over.get_token());
    CPPUNIT_ASSERT_EQUAL(1, told);
    CPPUNIT_ASSERT(another.is_up());
  }

  /// Also in a handshake.
  void a_trial_ends_where_it_is_stopped() {
    for (const auto security : {Security::Plain, Security::Ldaps}) {
      const SilentServer server;
      auto slow = settings({server.url(security == Security::Ldaps ? "ldaps" : "ldap")});
      slow.security = security;
      slow.ca = config_file(make_ca("CA", make_key()));
      slow.timeout = std::chrono::minutes(5);
      Directory directory(slow);
      std::stop_source over;
      const auto start = Clock::now();
      std::thread trial([&] { directory.search(request_, start, over.get_token()); });
      std::this_thread::sleep_for(std::chrono::milliseconds(300));
      over.request_stop();
      trial.join();
      CPPUNIT_ASSERT(Clock::now() - start < std::chrono::minutes(2));
    }
  }

  void a_certificate_that_libldap_cannot_read_is_a_mistake() {
    auto with_tls = settings({"ldaps://127.0.0.1"});
    with_tls.security = Security::Ldaps;
    with_tls.ca = std::make_shared<ConfigFile>(ConfigFile{.path = "/nonexistent/ca.pem"});
    CPPUNIT_ASSERT_THROW(Directory{with_tls}, ConfigError);
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(DirectoryTest);

}  // namespace
