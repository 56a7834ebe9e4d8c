#include "ldap/wire/socket.h"

#include <ldap.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <string_view>
#include <system_error>

#include "core/live/descriptor.h"

namespace certmap {
namespace {

using Kind = LdapFailure::Kind;

constexpr std::chrono::milliseconds kLeastPatience{300};

using Url = std::unique_ptr<LDAPURLDesc, decltype([](LDAPURLDesc* u) { ldap_free_urldesc(u); })>;
using Addresses = std::unique_ptr<addrinfo, decltype([](addrinfo* a) { freeaddrinfo(a); })>;

[[noreturn]] void fail(int error) {
  const Kind kind = error == ETIMEDOUT ? Kind::Timeout : Kind::Connection;
  throw LdapFailure(kind, "cannot be connected to: " + std::generic_category().message(error));
}

Url parse(const std::string& server) {
  LDAPURLDesc* url = nullptr;
  const int code = ldap_url_parse(server.c_str(), &url);
  Url owner(url);
  if (code != LDAP_URL_SUCCESS || url->lud_host == nullptr)
    throw LdapFailure(Kind::Server, "is no URL of a server");
  return owner;
}

Addresses resolve(const LDAPURLDesc& url) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const auto port = std::to_string(url.lud_port);
  const int error = getaddrinfo(url.lud_host, port.c_str(), &hints, &found);
  if (error != 0)
    throw LdapFailure(
        Kind::Connection,
        "cannot be found: " + (error == EAI_SYSTEM ? std::generic_category().message(errno)
                                                   : std::string(gai_strerror(error))));
  return Addresses(found);
}

/// 0, or the errno of a connection that was begun.
int wait_connected(int socket, const Deadline& deadline) {
  pollfd wanted{.fd = socket, .events = POLLOUT, .revents = 0};
  for (;;) {
    const int ready = poll(&wanted, 1, static_cast<int>(one_sleep(deadline).count()));
    if (ready > 0) break;
    if (ready < 0 && errno != EINTR) return errno;
    if (ready == 0 && time_left(deadline).count() == 0) return ETIMEDOUT;
  }
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

/// The connected socket, or -1 with errno set.
int connect_one(int family, const sockaddr* address, socklen_t size, const Deadline& deadline) {
  Descriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.get() < 0) return -1;
  int error = connect(socket.get(), address, size) == 0 ? 0 : errno;
  if (error == EINPROGRESS || error == EINTR) error = wait_connected(socket.get(), deadline);
  if (error == 0) return socket.release();
  errno = error;
  return -1;
}

void set_options(int socket, const Deadline& deadline) {
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  // A firewall may have forgotten a connection that was idle: what is not acknowledged by half of
  // the time of a lookup leaves the other half for a new one.
  const auto patience = std::max(time_left(deadline) / 2, kLeastPatience);
  const auto milliseconds = static_cast<unsigned>(patience.count());
  setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
}

int connect_tcp(const addrinfo* addresses, const Deadline& deadline) {
  int left = 0;
  int error = 0;
  for (const auto* address = addresses; address != nullptr; address = address->ai_next) ++left;
  for (const auto* address = addresses; address != nullptr; address = address->ai_next, --left) {
    const Deadline share(std::chrono::steady_clock::now() + time_left(deadline) / left,
                         deadline.stop);
    const int socket =
        connect_one(address->ai_family, address->ai_addr, address->ai_addrlen, share);
    error = errno;
    if (socket < 0) continue;
    set_options(socket, deadline);
    return socket;
  }
  fail(error);
}

int connect_local(std::string_view path, const Deadline& deadline) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) fail(ENAMETOOLONG);
  std::memcpy(address.sun_path, path.data(), path.size());
  const int socket =
      connect_one(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address, deadline);
  // EAGAIN: the queue of a local socket is full; there is no waiting for that.
  if (socket < 0) fail(errno == EAGAIN ? ETIMEDOUT : errno);
  return socket;
}

Socket& socket_of(Sockbuf_IO_Desc* layer) { return *static_cast<Socket*>(layer->sbiod_pvt); }

int set_up(Sockbuf_IO_Desc* layer, void* socket) {
  layer->sbiod_pvt = socket;
  return 0;
}

int do_nothing(Sockbuf_IO_Desc*) { return 0; }

int control(Sockbuf_IO_Desc* layer, int option, void*) {
  return option == LBER_SB_OPT_DATA_READY && socket_of(layer).has_more() ? 1 : 0;
}

ber_slen_t read_from(Sockbuf_IO_Desc* layer, void* octets, ber_len_t size) {
  return socket_of(layer).read(octets, size);
}

ber_slen_t write_to(Sockbuf_IO_Desc* layer, void* octets, ber_len_t size) {
  return socket_of(layer).write(octets, size);
}

constexpr Sockbuf_IO kLayer = {.sbi_setup = set_up,
                               .sbi_remove = do_nothing,
                               .sbi_ctrl = control,
                               .sbi_read = read_from,
                               .sbi_write = write_to,
                               .sbi_close = do_nothing};

/// A connected socket, the caller's.
int connect_to(const std::string& server, const Deadline& deadline) {
  const auto url = parse(server);
  if (std::string_view(url->lud_scheme) == "ldapi") return connect_local(url->lud_host, deadline);
  return connect_tcp(resolve(*url).get(), deadline);
}

}  // namespace

Socket::Socket(const std::string& server, Deadline deadline)
    : socket_(connect_to(server, deadline)), deadline_(deadline) {}

void Socket::put_under(Sockbuf* buffer) {
  ber_sockbuf_add_io(buffer, const_cast<Sockbuf_IO*>(&kLayer), LBER_SBIOD_LEVEL_PROVIDER, this);
}

/// False at the deadline, with errno set. Else the caller tries again.
bool Socket::wait(short event) {
  pollfd wanted{.fd = socket_.get(), .events = event, .revents = 0};
  const int ready = poll(&wanted, 1, static_cast<int>(one_sleep(deadline_).count()));
  if (ready != 0) return ready > 0 || errno == EINTR;
  errno = ETIMEDOUT;
  return time_left(deadline_).count() > 0;
}

ssize_t Socket::receive(void* octets, std::size_t size) {
  // Also where the server never stops sending.
  errno = ETIMEDOUT;
  if (time_left(deadline_).count() == 0) return -1;
  for (;;) {
    const ssize_t received = recv(socket_.get(), octets, size, MSG_DONTWAIT);
    if (received >= 0) return received;
    if (errno == EINTR) continue;
    if (errno != EAGAIN || !wait(POLLIN)) return -1;
  }
}

ssize_t Socket::read(void* octets, std::size_t size) {
  if (!has_more()) {
    if (size >= ahead_.size()) return receive(octets, size);
    const ssize_t received = receive(ahead_.data(), ahead_.size());
    if (received <= 0) return received;
    start_ = 0;
    end_ = static_cast<std::size_t>(received);
  }
  size = std::min(size, end_ - start_);
  std::memcpy(octets, ahead_.data() + start_, size);
  start_ += size;
  return static_cast<ssize_t>(size);
}

ssize_t Socket::write(const void* octets, std::size_t size) {
  for (;;) {
    const ssize_t sent = send(socket_.get(), octets, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) return sent;
    if (errno == EINTR) continue;
    if (errno != EAGAIN || !wait(POLLOUT)) return -1;
  }
}

}  // namespace certmap
