// The connections of one process to a directory.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "ldap/wire/connection.h"

namespace certmap {

/// Safe for any number of threads. A process that was forked later begins with none, and leaves
/// alone those that it inherits.
class ConnectionPool {
 public:
  struct Leave {
    void operator()(ConnectionPool* pool) const { pool->leave(); }
  };
  /// Leave to have one connection, and the pool to take it from; ends with its owner.
  using Place = std::unique_ptr<ConnectionPool, Leave>;

  explicit ConnectionPool(int size);
  ~ConnectionPool();

  /// Waits while `size` are in use; null where the deadline passes.
  Place enter(const Deadline& deadline);
  /// The connection to this server that was used last; null: there is none, and a new one may be
  /// opened.
  std::unique_ptr<LdapConnection> take(std::size_t server);
  /// Keeps it, where it is usable.
  void give_back(std::size_t server, std::unique_ptr<LdapConnection> connection);
  /// Closes those to this server that are not in use.
  void close(std::size_t server);
  /// Closes those that nobody used for kIdle, which are not used any more either.
  void close_idle();
  static constexpr std::chrono::seconds kIdle{30};

 private:
  struct Unused {
    std::size_t server;
    std::unique_ptr<LdapConnection> connection;
    std::chrono::steady_clock::time_point since;
  };

  void leave();
  void forget_inherited();
  template <typename Predicate>
  std::vector<Unused> remove_if(Predicate predicate);

  const std::size_t size_;
  std::mutex mutex_;
  std::condition_variable left_;
  std::size_t in_use_ = 0;
  std::vector<Unused> unused_;  ///< the one used last is last
  pid_t owner_;
};

}  // namespace certmap
