// The socket under a connection, with a deadline for everything that is done on it: libldap
// connects and makes its TLS handshake without one, and waits for the rest of a message without
// one.
#pragma once

#include <lber.h>
#include <sys/types.h>

#include <array>
#include <cstddef>
#include <string>

#include "core/live/descriptor.h"
#include "ldap/wire/failure.h"

namespace certmap {

/// Owns the socket. For one thread at a time.
class Socket {
 public:
  /// Connects. `server` is a URL as in DirectorySettings; each address of a host gets an equal
  /// share of what is left. Throws LdapFailure.
  Socket(const std::string& server, Deadline deadline);
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  int get() const { return socket_.get(); }
  /// Holds for what is read and written from now on.
  void set_deadline(Deadline deadline) { deadline_ = deadline; }
  /// Makes libldap read and write through it. It must live longer than the buffer.
  void put_under(Sockbuf* buffer);

  /// As recv() and send() of a socket that blocks, but at the deadline they fail (ETIMEDOUT).
  ssize_t read(void* octets, std::size_t size);
  ssize_t write(const void* octets, std::size_t size);
  /// True where something was read from the network that read() has not returned.
  bool has_more() const { return start_ != end_; }

 private:
  ssize_t receive(void* octets, std::size_t size);
  bool wait(short event);

  Descriptor socket_;
  Deadline deadline_;
  std::array<char, 4096> ahead_;  ///< libldap asks for a few octets at a time
  std::size_t start_ = 0, end_ = 0;
};

}  // namespace certmap
