#include "ldap/health.h"

#include <sys/mman.h>

#include <cerrno>
#include <new>
#include <system_error>

namespace certmap {
namespace {

static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

}  // namespace

Health::Health() {
  void* memory =
      mmap(nullptr, sizeof *down_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    throw std::system_error(errno, std::generic_category(), "shared memory for a directory");
  down_ = new (memory) std::atomic<std::uint32_t>(0);
}

Health::~Health() { munmap(down_, sizeof *down_); }

bool Health::set(bool up) {
  // Written only where it changes: processes share the word.
  return is_up() != up && (down_->exchange(up ? 0 : 1) == 0) != up;
}

bool Health::is_up() const { return down_->load() == 0; }

}  // namespace certmap
