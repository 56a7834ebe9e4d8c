// Preloaded into httpd by test_stop.py: a process that exits waits before it cleans up, and is
// aborted if another thread takes a lock of OpenSSL then, which would use what exit() frees.
#include <dlfcn.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

namespace {

constexpr unsigned kWaitMicroseconds = 500'000;
std::atomic<bool> exiting;

template <class Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" void exit(int code) {
  exiting = true;
  usleep(kWaitMicroseconds);
  next<void(int)>("exit")(code);
  std::abort();
}

extern "C" int pthread_rwlock_wrlock(pthread_rwlock_t* lock) {
  if (exiting && gettid() != getpid()) std::abort();
  static auto* const real = next<int(pthread_rwlock_t*)>("pthread_rwlock_wrlock");
  return real(lock);
}
