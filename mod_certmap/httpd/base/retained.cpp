#include "httpd/base/retained.h"

#include <sys/mman.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace certmap {
namespace {

/// What the key stands for; zeros when it is made.
template <typename T>
T& kept_as(const char* key) {
  void* kept = ap_retained_data_get(key);
  return *static_cast<T*>(kept ? kept : ap_retained_data_create(key, sizeof(T)));
}

}  // namespace

Retained& retained() { return kept_as<Retained>(kRetainedKey); }

void* retained_memory(const char* key, std::size_t size) {
  auto& kept = kept_as<void*>(key);
  if (kept) return kept;
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    throw std::system_error(errno, std::system_category(), std::string("shared memory ") + key);
  return kept = memory;
}

}  // namespace certmap
