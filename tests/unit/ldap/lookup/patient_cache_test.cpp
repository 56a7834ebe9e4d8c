#include "ldap/lookup/patient_cache.h"

#include <cppunit/extensions/HelperMacros.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace certmap;
using namespace std::chrono_literals;

namespace {

/// A store that can be told to fail, to throw, or to hang until it is let go.
class TestStore : public Store {
 public:
  StoreAnswer get(const std::string& id) override {
    ++reads;
    pass();
    const std::lock_guard lock(mutex);
    if (throws) throw std::runtime_error("thrown");
    if (fails) return {.data = std::nullopt, .failed = "broken"};
    const auto found = entries.find(id);
    return {.data = found == entries.end() ? std::nullopt : std::optional(found->second)};
  }
  StoreAnswer put(const std::string& id, const std::string& data, std::int64_t) override {
    ++writes;
    pass();
    const std::lock_guard lock(mutex);
    if (full) return {.data = std::nullopt, .failed = "full"};
    entries[id] = data;
    return {};
  }
  void hang(bool on) {
    const std::lock_guard lock(mutex);
    hangs = on;
    go.notify_all();
  }

  std::atomic<int> reads = 0, writes = 0;
  std::atomic<bool> fails = false, full = false, throws = false;

 private:
  void pass() {
    std::unique_lock lock(mutex);
    go.wait(lock, [&] { return !hangs; });
  }

  std::mutex mutex;
  std::condition_variable go;
  bool hangs = false;
  std::map<std::string, std::string> entries;
};

class PatientCacheTest : public CppUnit::TestFixture {
  CPPUNIT_TEST_SUITE(PatientCacheTest);
  CPPUNIT_TEST(gives_back_what_was_put);
  CPPUNIT_TEST(works_without_threads);
  CPPUNIT_TEST(store_of_this_machine_may_be_slow);
  CPPUNIT_TEST(store_that_fails_is_left_alone);
  CPPUNIT_TEST(store_that_fails_is_tried_again);
  CPPUNIT_TEST(full_store_can_still_be_read);
  CPPUNIT_TEST(changes_are_told_once);
  CPPUNIT_TEST(exception_of_the_store_is_a_failure);
  CPPUNIT_TEST(store_that_hangs_costs_little);
  CPPUNIT_TEST(store_that_hung_is_used_again);
  CPPUNIT_TEST(many_calls_at_once);
  CPPUNIT_TEST(stops_though_the_store_hangs);
  CPPUNIT_TEST(does_nothing_after_stop);
  CPPUNIT_TEST_SUITE_END();

  std::shared_ptr<TestStore> store_ = std::make_shared<TestStore>();
  std::mutex mutex_;
  std::vector<std::string> told_;
  std::chrono::milliseconds limit_ = 1h;  ///< for a call; short only where the store hangs

  /// One whose store is left alone for ever, or hardly.
  std::unique_ptr<PatientCache> cache(std::chrono::milliseconds rest, bool may_hang = true) {
    return std::make_unique<PatientCache>(
        store_, Patience{.call = limit_, .rest = rest, .may_hang = may_hang},
        [this](PatientCache::Part part, bool works, const std::string& why) {
          const std::lock_guard lock(mutex_);
          told_.push_back((part == PatientCache::Part::Reading ? "read " : "write ") +
                          (works ? std::string("works") : why));
        });
  }

  std::string told() {
    const std::lock_guard lock(mutex_);
    std::string all;
    for (const auto& line : told_) all += line + "; ";
    return all;
  }

 public:
  void gives_back_what_was_put() {
    const auto cache = this->cache(1h);
    CPPUNIT_ASSERT(!cache->get("id"));
    cache->put("id", "data", 60);
    CPPUNIT_ASSERT(cache->get("id") == std::optional<std::string>("data"));
    CPPUNIT_ASSERT_EQUAL(std::string(), told());
  }

  void works_without_threads() {
    const auto cache = this->cache(1h, false);
    cache->put("id", "data", 60);
    CPPUNIT_ASSERT(cache->get("id") == std::optional<std::string>("data"));
  }

  /// A process that got no turn of the processor for long has its answer nevertheless.
  void store_of_this_machine_may_be_slow() {
    limit_ = -1ms;
    const auto cache = this->cache(1h, false);
    cache->put("id", "data", 60);
    for (int i = 0; i < 2; ++i)
      CPPUNIT_ASSERT(cache->get("id") == std::optional<std::string>("data"));
    CPPUNIT_ASSERT_EQUAL(std::string(), told());
  }

  void store_that_fails_is_left_alone() {
    for (const bool may_hang : {true, false}) {
      const auto cache = this->cache(1h, may_hang);
      store_->reads = 0;
      store_->fails = true;
      for (int i = 0; i < 50; ++i) CPPUNIT_ASSERT(!cache->get("id"));
      store_->fails = false;
      CPPUNIT_ASSERT_EQUAL(1, store_->reads.load());
    }
  }

  void store_that_fails_is_tried_again() {
    const auto cache = this->cache(1ms);
    cache->put("id", "data", 60);
    store_->fails = true;
    CPPUNIT_ASSERT(!cache->get("id"));
    store_->fails = false;
    std::this_thread::sleep_for(20ms);
    CPPUNIT_ASSERT(cache->get("id") == std::optional<std::string>("data"));
  }

  void full_store_can_still_be_read() {
    const auto cache = this->cache(1h);
    cache->put("id", "data", 60);
    store_->full = true;
    for (int i = 0; i < 5; ++i) cache->put("other", "data", 60);
    CPPUNIT_ASSERT_EQUAL(2, store_->writes.load());
    CPPUNIT_ASSERT(cache->get("id") == std::optional<std::string>("data"));
    CPPUNIT_ASSERT_EQUAL(std::string("write full; "), told());
  }

  void changes_are_told_once() {
    const auto cache = this->cache(0ms);
    store_->fails = true;
    for (int i = 0; i < 5; ++i) cache->get("id");
    store_->fails = false;
    for (int i = 0; i < 5; ++i) cache->get("id");
    CPPUNIT_ASSERT_EQUAL(std::string("read broken; read works; "), told());
  }

  void exception_of_the_store_is_a_failure() {
    const auto cache = this->cache(1h);
    store_->throws = true;
    CPPUNIT_ASSERT(!cache->get("id"));
    CPPUNIT_ASSERT_EQUAL(std::string("read thrown; "), told());
  }

  void store_that_hangs_costs_little() {
    limit_ = 100ms;
    const auto cache = this->cache(1h);
    store_->hang(true);
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 200; ++i) {
      CPPUNIT_ASSERT(!cache->get("id"));
      cache->put("id", "data", 60);
    }
    const auto took = std::chrono::steady_clock::now() - start;
    store_->hang(false);
    CPPUNIT_ASSERT(took < 10s);
    CPPUNIT_ASSERT_EQUAL(1, store_->reads.load());
    CPPUNIT_ASSERT_EQUAL(0, store_->writes.load());
    CPPUNIT_ASSERT_EQUAL(
        std::string("read no answer within 100 ms; write no answer within 100 ms; "), told());
  }

  void store_that_hung_is_used_again() {
    limit_ = 100ms;
    const auto cache = this->cache(1ms);
    store_->hang(true);
    for (int i = 0; i < 10; ++i) cache->get("id");  // more than there are threads
    store_->hang(false);
    bool found = false;
    for (int i = 0; i < 500 && !found; ++i) {
      cache->put("id", "data", 60);
      std::this_thread::sleep_for(10ms);
      found = cache->get("id") == std::optional<std::string>("data");
    }
    CPPUNIT_ASSERT(found);
  }

  void many_calls_at_once() {
    const auto cache = std::make_unique<PatientCache>(store_, Patience{.call = 20s}, nullptr);
    std::vector<std::thread> threads;
    std::atomic<int> good = 0;
    for (int i = 0; i < 16; ++i)
      threads.emplace_back([&, id = std::to_string(i)] {
        for (int n = 0; n < 50; ++n) {
          cache->put(id, id, 60);
          good += cache->get(id) == std::optional(id);
        }
      });
    for (auto& thread : threads) thread.join();
    CPPUNIT_ASSERT_EQUAL(16 * 50, good.load());
  }

  void stops_though_the_store_hangs() {
    limit_ = 100ms;
    auto cache = this->cache(1h);
    store_->hang(true);
    cache->get("id");
    const auto start = std::chrono::steady_clock::now();
    cache.reset();
    CPPUNIT_ASSERT(std::chrono::steady_clock::now() - start < 10s);
    store_->hang(false);
  }

  void does_nothing_after_stop() {
    for (const bool may_hang : {true, false}) {
      const auto cache = this->cache(1h, may_hang);
      cache->put("id", "data", 60);
      cache->stop();
      CPPUNIT_ASSERT(!cache->get("id"));
    }
    CPPUNIT_ASSERT_EQUAL(0, store_->reads.load());
  }
};

CPPUNIT_TEST_SUITE_REGISTRATION(PatientCacheTest);

}  // namespace
