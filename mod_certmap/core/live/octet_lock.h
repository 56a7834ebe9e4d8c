// Locks on octets of a file (fcntl(2)). The kernel ends them with their process; a fork does not
// inherit them, and a process is never in its own way.
#pragma once

#include <fcntl.h>

#include <cstdint>

namespace certmap {

/// For a call of fcntl. `type`: F_RDLCK, F_WRLCK or F_UNLCK.
struct flock lock_on(short type, std::uint64_t start, std::uint64_t length);

/// Never waits. False: another process has a lock that is in the way. Throws std::system_error.
bool set_lock(int descriptor, struct flock lock);

}  // namespace certmap
