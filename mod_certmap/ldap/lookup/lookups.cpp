#include "ldap/lookup/lookups.h"

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <iterator>
#include <list>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

namespace certmap {
namespace {

/// How much a process remembers; the oldest lookups give way.
constexpr std::size_t kMostLookups = 4096;
constexpr std::size_t kMostOctets = 16 << 20;
/// A request whose time was taken first may come here second.
constexpr std::int64_t kOneProcessSkew = 2;

/// 0 where the lookup is too old, or from the future.
std::int64_t valid_until(const Lookup& lookup, const LookupTimes& times, std::int64_t now,
                         std::int64_t skew) {
  const auto seconds = lookup.found ? times.hit : times.none;
  if (lookup.time > now + skew || now - lookup.time >= seconds) return 0;
  return lookup.time + seconds;
}

std::size_t octets_of(const std::vector<std::string>& texts) {
  std::size_t octets = 0;
  for (const auto& text : texts) octets += sizeof(text) + text.size();
  return octets;
}

std::size_t octets_of(const std::string& key, const Lookup& lookup) {
  std::size_t octets = key.size() + lookup.account.size() + octets_of(lookup.groups) + 256;
  for (const auto& [name, values] : lookup.attributes)
    octets += sizeof(name) + name.size() + octets_of(values);
  return octets;
}

/// Lookups in the order in which they were remembered.
class Memory {
 public:
  const Lookup* find(const std::string& key) const {
    const auto found = places_.find(key);
    return found == places_.end() ? nullptr : &found->second->lookup;
  }

  void remember(const std::string& key, const Lookup& lookup) {
    if (const auto old = places_.find(key); old != places_.end()) forget(old->second);
    const auto octets = octets_of(key, lookup);
    if (octets > kMostOctets) return;
    octets_ += octets;
    entries_.push_back({key, lookup, octets});
    places_[entries_.back().key] = std::prev(entries_.end());
    while (entries_.size() > kMostLookups || octets_ > kMostOctets) forget(entries_.begin());
  }

 private:
  struct Remembered {
    std::string key;
    Lookup lookup;
    std::size_t octets;
  };

  void forget(std::list<Remembered>::iterator entry) {
    octets_ -= entry->octets;
    places_.erase(entry->key);
    entries_.erase(entry);
  }

  std::list<Remembered> entries_;
  std::unordered_map<std::string_view, std::list<Remembered>::iterator> places_;
  std::size_t octets_ = 0;
};

LookupResult failure(const char* detail) { return {.detail = detail}; }

LookupResult answer_of(const Lookup& lookup, AnswerFrom from, std::int64_t until) {
  return {.lookup = lookup, .reason = Reason::Mapped, .from = from, .valid_until = until};
}

}  // namespace

struct Lookups::State {
  /// A lookup that some caller makes now, and others wait for.
  struct Flight {
    std::condition_variable landed;
    bool over = false;
    std::optional<LookupResult> answer;  ///< empty: it ended with an exception
  };

  LookupResult remembered(const std::string& key, const LookupTimes& times, std::int64_t now) const;
  LookupResult wait_for(std::unique_lock<std::mutex>& lock, const std::shared_ptr<Flight>& flight,
                        std::chrono::milliseconds patience) const;
  void land(const std::string& key, Flight& flight, std::optional<LookupResult> answer);
  std::optional<Lookup> fetch(const std::string& key) const;
  void publish(const std::string& key, const LookupResult& answer, std::int64_t now) const;

  mutable std::mutex mutex;
  Memory memory;
  std::unordered_map<std::string, std::shared_ptr<Flight>> flights;
  std::unique_ptr<SharedCache> shared;
  std::optional<Seal> seal;
};

/// With valid_until 0 where nothing is remembered that can be believed.
LookupResult Lookups::State::remembered(const std::string& key, const LookupTimes& times,
                                        std::int64_t now) const {
  const auto* lookup = memory.find(key);
  const auto until = lookup ? valid_until(*lookup, times, now, kOneProcessSkew) : 0;
  return until ? answer_of(*lookup, AnswerFrom::Process, until) : LookupResult();
}

LookupResult Lookups::State::wait_for(std::unique_lock<std::mutex>& lock,
                                      const std::shared_ptr<Flight>& flight,
                                      std::chrono::milliseconds patience) const {
  if (!flight->landed.wait_for(lock, patience, [&] { return flight->over; }))
    return failure("another request looks the same up, and has no answer yet");
  if (!flight->answer) return failure("another request looked the same up, and failed");
  LookupResult answer = *flight->answer;
  if (answer.lookup) answer.from = AnswerFrom::Process;
  return answer;
}

void Lookups::State::land(const std::string& key, Flight& flight,
                          std::optional<LookupResult> answer) {
  const std::lock_guard lock(mutex);
  flight.answer = std::move(answer);
  flight.over = true;
  if (const auto own = flights.find(key); own != flights.end() && own->second.get() == &flight)
    flights.erase(own);
  flight.landed.notify_all();
  if (flight.answer && flight.answer->valid_until) memory.remember(key, *flight.answer->lookup);
}

std::optional<Lookup> Lookups::State::fetch(const std::string& key) const {
  const auto sealed = shared->get(seal->id(key));
  return sealed ? seal->open(key, *sealed) : std::nullopt;
}

void Lookups::State::publish(const std::string& key, const LookupResult& answer,
                             std::int64_t now) const {
  if (!shared || answer.from != AnswerFrom::Source || answer.valid_until <= now) return;
  try {
    shared->put(seal->id(key), seal->seal(key, *answer.lookup), answer.valid_until - now);
  } catch (const std::exception&) {
    return;  // the answer stands without it
  }
}

Lookups::Lookups() : state_(std::make_unique<State>()) {}
Lookups::~Lookups() = default;

void Lookups::share(std::unique_ptr<SharedCache> cache, Seal seal) {
  state_->shared = std::move(cache);
  state_->seal = std::move(seal);
}

bool Lookups::is_shared() const { return state_->shared && (times_.hit > 0 || times_.none > 0); }

LookupResult Lookups::find(const std::string& key, std::int64_t now,
                           std::chrono::milliseconds patience,
                           const std::function<LookupResult()>& make, bool is_trial) {
  std::unique_lock lock(state_->mutex);
  if (auto answer = state_->remembered(key, times_, now); answer.valid_until) return answer;
  const auto flight = std::make_shared<State::Flight>();
  if (!is_trial) {
    const auto [found, is_new] = state_->flights.try_emplace(key, flight);
    if (!is_new) return state_->wait_for(lock, std::shared_ptr(found->second), patience);
  }
  lock.unlock();
  LookupResult answer;
  try {
    answer = fetch_or_make(key, now, make);
    state_->land(key, *flight, answer);
  } catch (...) {
    state_->land(key, *flight, std::nullopt);
    throw;
  }
  state_->publish(key, answer, now);
  return answer;
}

LookupResult Lookups::fetch_or_make(const std::string& key, std::int64_t now,
                                    const std::function<LookupResult()>& make) const {
  if (const auto lookup = is_shared() ? state_->fetch(key) : std::nullopt)
    if (const auto until = valid_until(*lookup, times_, now, 0))
      return answer_of(*lookup, AnswerFrom::Shared, until);
  auto answer = make();
  if (const auto& made = answer.lookup) {
    const auto seconds = made->found ? times_.hit : times_.none;
    if (seconds > 0) answer.valid_until = made->time + seconds;
  }
  return answer;
}

}  // namespace certmap
