#include "core/live/descriptor.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

namespace certmap {
namespace {

constexpr std::size_t kBlock = 64 * 1024;

/// A large file would be copied each time that the text grows.
void make_room(int descriptor, std::size_t most, std::string& octets) {
  struct stat file {};
  if (fstat(descriptor, &file) != 0 || !S_ISREG(file.st_mode)) return;
  octets.reserve(octets.size() + std::min(static_cast<std::size_t>(file.st_size), most) + kBlock);
}

}  // namespace

ssize_t read_some(int descriptor, char* to, std::size_t most) {
  for (;;) {
    const ssize_t got = ::read(descriptor, to, most);
    if (got >= 0 || errno != EINTR) return got;
  }
}

bool read_octets(int descriptor, std::size_t most, std::string& octets) {
  make_room(descriptor, most, octets);
  for (;;) {
    const auto size = octets.size();
    octets.resize(size + kBlock);
    const auto got = read_some(descriptor, octets.data() + size, kBlock);
    octets.resize(size + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0) return false;
    if (got == 0 || octets.size() > most) return true;
  }
}

std::string octal(mode_t mode) {
  std::string digits = "0000";
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, mode >>= 3)
    *digit = static_cast<char>('0' + (mode & 7));
  return digits;
}

}  // namespace certmap
