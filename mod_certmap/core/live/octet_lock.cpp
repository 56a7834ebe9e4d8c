#include "core/live/octet_lock.h"

#include <cerrno>
#include <system_error>

namespace certmap {

struct flock lock_on(short type, std::uint64_t start, std::uint64_t length) {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(start);
  lock.l_len = static_cast<off_t>(length);
  return lock;
}

bool set_lock(int descriptor, struct flock lock) {
  while (fcntl(descriptor, F_SETLK, &lock) != 0) {
    if (errno == EAGAIN || errno == EACCES) return false;
    if (errno != EINTR)
      throw std::system_error(errno, std::generic_category(), "lock on shared memory");
  }
  return true;
}

}  // namespace certmap
