#include "httpd/audit/syslog_socket.h"

#include <apr_time.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <ctime>
#include <utility>

namespace certmap {
namespace {

/// "<PRI>Mon dd hh:mm:ss tag[pid]: " in local time (RFC 3164 section 4.1).
std::string header(int priority, const std::string& tag) {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  std::array<char, 128> text{};
  std::snprintf(text.data(), text.size(), "<%d>%s %2d %02d:%02d:%02d %s[%ld]: ", priority,
                apr_month_snames[local.tm_mon], local.tm_mday, local.tm_hour, local.tm_min,
                local.tm_sec, tag.c_str(), static_cast<long>(getpid()));
  return text.data();
}

/// The daemon went away since the last text; it may be back under the same path.
bool is_disconnection(int error) {
  return error == ECONNREFUSED || error == ECONNRESET || error == ENOTCONN || error == EPIPE ||
         error == ENOENT;
}

}  // namespace

SyslogSocket::SyslogSocket(int facility, std::string tag)
    : priority_(facility | LOG_INFO), tag_(std::move(tag)) {}

SyslogSocket::~SyslogSocket() { disconnect(); }

int SyslogSocket::send(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  std::string packet = header(priority_, tag_);
  packet += text;
  const std::lock_guard lock(mutex_);
  if (owner_ != getpid()) disconnect();
  return send_packet(packet);
}

int SyslogSocket::send_packet(const std::string& packet) {
  const bool was_connected = fd_ >= 0;
  const int error = send_once(packet);
  return was_connected && is_disconnection(error) ? send_once(packet) : error;
}

int SyslogSocket::send_once(const std::string& packet) {
  if (fd_ < 0) {
    if (const int error = connect_to_daemon(); error != 0) return error;
  }
  const std::size_t size = packet.size() + (stream_ ? 1 : 0);  // a NUL ends a text in a stream
  const ssize_t sent = ::send(fd_, packet.c_str(), size, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent == static_cast<ssize_t>(size)) return 0;
  const int error = sent < 0 ? errno : EAGAIN;
  // A text that was cut in a stream must not be continued by the next one.
  if (sent >= 0 || is_disconnection(error)) disconnect();
  return error;
}

int SyslogSocket::connect_to_daemon() {
  const int error = connect_as(SOCK_DGRAM);
  return error == EPROTOTYPE ? connect_as(SOCK_STREAM) : error;
}

int SyslogSocket::connect_as(int type) {
  const sockaddr_un address{.sun_family = AF_UNIX, .sun_path = "/dev/log"};
  disconnect();
  fd_ = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd_ < 0) return errno;
  stream_ = type == SOCK_STREAM;
  owner_ = getpid();
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) return 0;
  const int error = errno;
  disconnect();
  return error;
}

void SyslogSocket::disconnect() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

}  // namespace certmap
