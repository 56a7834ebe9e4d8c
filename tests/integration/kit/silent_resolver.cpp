// Preloaded into httpd by test_stop.py: the name server that knows silent.example never answers.
// Who asks for it adds an octet to the file that CERTMAP_ASKED names.
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace {

const int asked = open(std::getenv("CERTMAP_ASKED"), O_WRONLY | O_APPEND | O_CLOEXEC);

}  // namespace

extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints,
                           addrinfo** found) {
  if (node != nullptr && std::strcmp(node, "silent.example") == 0) {
    if (write(asked, ".", 1) != 1) std::abort();
    for (;;) pause();
  }
  static auto* const real =
      reinterpret_cast<decltype(&getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
  return real(node, service, hints, found);
}
