#include "ldap/wire/socket.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "ldap/wire/connect.h"

namespace certmap {
namespace {

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

}  // namespace

Socket::Socket(const std::string& server, Deadline deadline)
    : socket_(connect_to(server, deadline)), deadline_(deadline) {}

void Socket::put_under(Sockbuf* buffer) {
  ber_sockbuf_add_io(buffer, const_cast<Sockbuf_IO*>(&kLayer), LBER_SBIOD_LEVEL_PROVIDER, this);
}

/// False at the deadline, with errno set.
bool Socket::wait(short event) {
  pollfd wanted{.fd = socket_.get(), .events = event, .revents = 0};
  const int ready = poll(&wanted, 1, static_cast<int>(time_left(deadline_).count()));
  if (ready == 0) errno = ETIMEDOUT;
  return ready > 0 || (ready < 0 && errno == EINTR);
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
