// The local syslog daemon, by a socket of our own: syslog(3) blocks, tells of no error, and its
// openlog() is shared with ErrorLog.
#pragma once

#include <sys/types.h>

#include <mutex>
#include <string>
#include <string_view>

namespace certmap {

/// Safe for any number of threads. Each process opens a socket of its own when it first sends.
class SyslogSocket {
 public:
  /// `facility` as in <syslog.h>.
  SyslogSocket(int facility, std::string tag);
  ~SyslogSocket();
  SyslogSocket(const SyslogSocket&) = delete;
  SyslogSocket& operator=(const SyslogSocket&) = delete;

  /// Sends the text without ever blocking. Returns 0, or the errno that tells why the daemon did
  /// not take it.
  int send(std::string_view text);

 private:
  int send_packet(const std::string& packet);
  int send_once(const std::string& packet);
  int connect_to_daemon();
  int connect_as(int type);
  void disconnect();

  const int priority_;
  const std::string tag_;
  std::mutex mutex_;
  int fd_ = -1;
  bool stream_ = false;
  pid_t owner_ = 0;  ///< the process that opened fd_
};

}  // namespace certmap
