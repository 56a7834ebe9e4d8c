#include "ldap/lookup/patient_cache.h"

#include <cstdint>
#include <exception>
#include <mutex>
#include <utility>

namespace certmap {
namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

/// Reading and writing fail apart: a store that is full can still be read.
class PatientCache::Side {
 public:
  /// While it rests nobody may try; after that one caller in each such time.
  bool may_try(std::chrono::milliseconds rest) {
    const std::lock_guard lock(mutex_);
    if (works_) return true;
    if (Clock::now() < next_try_) return false;
    next_try_ = Clock::now() + rest;
    return true;
  }

  /// True where that is news.
  bool note(bool works, std::chrono::milliseconds rest) {
    const std::lock_guard lock(mutex_);
    if (!works) next_try_ = Clock::now() + rest;
    return std::exchange(works_, works) != works;
  }

 private:
  std::mutex mutex_;
  bool works_ = true;
  Clock::time_point next_try_;
};

PatientCache::PatientCache(std::shared_ptr<Store> store, Patience patience, Observer observer)
    : store_(store),
      workers_(std::move(store)),
      patience_(patience),
      observer_(std::move(observer)),
      sides_{std::make_unique<Side>(), std::make_unique<Side>()} {}

PatientCache::~PatientCache() { stop(); }

void PatientCache::stop() {
  over_ = true;
  workers_.stop(patience_.call);
}

std::optional<std::string> PatientCache::get(const std::string& id) {
  return call(Part::Reading, [id](Store& store) { return store.get(id); });
}

void PatientCache::put(const std::string& id, const std::string& data, std::int64_t seconds) {
  call(Part::Writing, [=](Store& store) { return store.put(id, data, seconds); });
}

std::optional<std::string> PatientCache::call(Part part, StoreWorkers::Work work) {
  if (over_ || !sides_[static_cast<int>(part)]->may_try(patience_.rest)) return std::nullopt;
  try {
    auto result = patience_.may_hang
                      ? workers_.run(std::move(work), patience_.call)
                      : StoreWorkers::Result{StoreWorkers::Call::Answered, work(*store_)};
    switch (result.call) {
      case StoreWorkers::Call::Busy:
        break;
      case StoreWorkers::Call::Late: {
        const auto why = "no answer within " + std::to_string(patience_.call.count()) + " ms";
        note(Part::Reading, why);
        note(Part::Writing, why);
        break;
      }
      case StoreWorkers::Call::Answered:
        note(part, result.answer.failed);
        break;
    }
    return std::move(result.answer.data);
  } catch (const std::exception&) {
    return std::nullopt;  // a cache that cannot be asked only costs time
  }
}

void PatientCache::note(Part part, const std::string& failed) {
  if (sides_[static_cast<int>(part)]->note(failed.empty(), patience_.rest) && observer_)
    observer_(part, failed.empty(), failed);
}

}  // namespace certmap
