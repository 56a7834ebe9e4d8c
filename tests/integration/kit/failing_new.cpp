// Preloaded into httpd by test_robustness.py: the n-th C++ allocation from now on fails, where the
// test writes n into a file that both have mapped.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

std::atomic<long>* countdown;

__attribute__((constructor)) void map_countdown() {
  const char* path = std::getenv("CERTMAP_FAILING_NEW");
  const int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (file < 0) return;
  void* memory = mmap(nullptr, sizeof *countdown, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (memory != MAP_FAILED) countdown = static_cast<std::atomic<long>*>(memory);
}

}  // namespace

void* operator new(std::size_t size) {
  if (countdown && countdown->load() > 0 && countdown->fetch_sub(1) == 1) throw std::bad_alloc();
  if (void* memory = std::malloc(size ? size : 1)) return memory;
  throw std::bad_alloc();
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
