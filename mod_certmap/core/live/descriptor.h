// File descriptors, and what can be read from them.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <cstddef>
#include <string>
#include <utility>

namespace certmap {

/// A file descriptor that is closed with its owner; negative: none.
class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  int get() const { return descriptor_; }
  int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

/// As read(), but a signal does not end it. Files are read, not mapped, because a mapped file that
/// somebody shortens is SIGBUS.
ssize_t read_some(int descriptor, char* to, std::size_t most);

/// Appends to `octets` all that can be read, or so much that they are more than `most`. False where
/// reading fails, with errno set.
bool read_octets(int descriptor, std::size_t most, std::string& octets);

/// A mode as chmod takes it: "0644".
std::string octal(mode_t mode);

}  // namespace certmap
