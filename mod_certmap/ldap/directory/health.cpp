#include "ldap/directory/health.h"

#include <sys/mman.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <new>
#include <system_error>

namespace certmap {
namespace {

static_assert(std::atomic<std::uint32_t>::is_always_lock_free);
static_assert(std::atomic<std::int64_t>::is_always_lock_free);

}  // namespace

Health::Health() {
  void* memory =
      mmap(nullptr, sizeof *own_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    throw std::system_error(errno, std::generic_category(), "shared memory for a directory");
  own_ = word_ = new (memory) HealthWord{};
}

Health::~Health() { munmap(own_, sizeof *own_); }

void Health::keep_in(HealthWord& word) { word_ = &word; }

bool Health::set(bool up, std::chrono::steady_clock::time_point now) {
  using Clock = std::chrono::steady_clock;
  // Written only where it changes: processes share the word.
  if (is_up() == up) return false;
  const auto last = word_->went_down.load();
  if (!up && last != 0 && now - Clock::time_point(Clock::duration(last)) < kRest) return false;
  if ((word_->down.exchange(up ? 0 : 1) == 0) == up) return false;
  if (!up) word_->went_down = now.time_since_epoch().count();
  return true;
}

bool Health::is_turn(std::chrono::steady_clock::time_point now) {
  using Clock = std::chrono::steady_clock;
  auto last = word_->went_down.load();
  return !is_up() && now - Clock::time_point(Clock::duration(last)) >= kRest &&
         word_->went_down.compare_exchange_strong(last, now.time_since_epoch().count());
}

bool Health::is_up() const { return word_->down.load() == 0; }

}  // namespace certmap
