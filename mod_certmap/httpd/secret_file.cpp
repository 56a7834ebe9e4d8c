#include "httpd/secret_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/error.h"

namespace certmap {
namespace {

constexpr std::size_t kLargest = 65536;

struct Descriptor {
  explicit Descriptor(int number) : number(number) {}
  ~Descriptor() {
    if (number >= 0) close(number);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  const int number;
};

void check_owner_and_mode(const std::string& path, const struct stat& file) {
  if (!S_ISREG(file.st_mode)) throw ConfigError(path + " is not a regular file");
  if (file.st_uid != 0 && file.st_uid != geteuid())
    throw ConfigError(path + " belongs to uid " + std::to_string(file.st_uid) +
                      "; it must belong to root or to the user who starts httpd: chown root " +
                      path);
  if ((file.st_mode & 027) != 0)
    throw ConfigError(
        path + " can be read by all, or written by others than its owner: chmod 600 " + path);
}

std::string read_all(int descriptor, const std::string& path) {
  std::string text(kLargest + 1, '\0');
  std::size_t length = 0;
  while (length < text.size()) {
    const auto got = read(descriptor, text.data() + length, text.size() - length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw ConfigError(path + " cannot be read: " + std::strerror(errno));
    if (got == 0) break;
    length += static_cast<std::size_t>(got);
  }
  if (length > kLargest)
    throw ConfigError(path + " is too large for a secret; 32 random bytes are enough");
  text.resize(length);
  return text;
}

}  // namespace

std::string read_secret_file(const std::string& path) {
  // A FIFO must not make httpd wait.
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (file.number < 0 || fstat(file.number, &status) != 0)
    throw ConfigError(path + " cannot be opened: " + std::strerror(errno));
  check_owner_and_mode(path, status);
  auto text = read_all(file.number, path);
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

}  // namespace certmap
