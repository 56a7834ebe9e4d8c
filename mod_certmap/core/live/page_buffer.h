// A growing block of memory that goes back to the system when it is let go. What reading a map of a
// million entries needs for a moment would otherwise stay with the process that did it.
#pragma once

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <system_error>

namespace certmap {

/// Owns its memory. For one thread.
class PageBuffer {
 public:
  PageBuffer() = default;
  PageBuffer(const PageBuffer&) = delete;
  PageBuffer& operator=(const PageBuffer&) = delete;
  ~PageBuffer() {
    if (data_ != nullptr) munmap(data_, capacity_);
  }

  std::size_t size() const { return size_; }
  char* data() { return data_; }
  const char* data() const { return data_; }
  std::string_view view() const { return {data_, size_}; }

  /// Answers `length` more octets, zero where the buffer never was so long; earlier pointers into
  /// the buffer are no longer good. Throws std::system_error.
  char* extend(std::size_t length) {
    if (length > capacity_ - size_) grow(size_ + length);
    char* added = data_ + size_;
    size_ += length;
    return added;
  }
  void append(std::string_view octets) {
    if (!octets.empty()) std::memcpy(extend(octets.size()), octets.data(), octets.size());
  }
  /// These give up octets at the end, or the beginning.
  void truncate(std::size_t size) { size_ = std::min(size, size_); }
  void drop_front(std::size_t length) {
    size_ -= length;
    if (size_ > 0) std::memmove(data_, data_ + length, size_);
  }

 private:
  static constexpr std::size_t kStep = 64 * 1024;

  void grow(std::size_t needed) {
    std::size_t capacity = (std::max(needed, 2 * capacity_) + kStep - 1) / kStep * kStep;
    void* grown = data_ == nullptr ? mmap(nullptr, capacity, PROT_READ | PROT_WRITE,
                                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                                   : mremap(data_, capacity_, capacity, MREMAP_MAYMOVE);
    if (grown == MAP_FAILED)
      throw std::system_error(errno, std::generic_category(), "memory for a map file");
    data_ = static_cast<char*>(grown);
    capacity_ = capacity;
  }

  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace certmap
