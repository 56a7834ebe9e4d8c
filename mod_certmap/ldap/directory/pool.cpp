#include "ldap/directory/pool.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace certmap {

ConnectionPool::ConnectionPool(int size)
    : size_(static_cast<std::size_t>(std::max(size, 1))), owner_(getpid()) {}

ConnectionPool::~ConnectionPool() { forget_inherited(); }

/// To close one would end it for the process that opened it, too.
void ConnectionPool::forget_inherited() {
  if (owner_ == getpid()) return;
  for (auto& unused : unused_) static_cast<void>(unused.connection.release());
  unused_.clear();
  in_use_ = 0;
  owner_ = getpid();
}

ConnectionPool::Place ConnectionPool::enter(const Deadline& deadline) {
  std::unique_lock lock(mutex_);
  forget_inherited();
  if (!left_.wait_until(lock, deadline.at, [&] { return in_use_ < size_; })) return nullptr;
  ++in_use_;
  return Place(this);
}

void ConnectionPool::leave() {
  {
    const std::lock_guard lock(mutex_);
    --in_use_;
  }
  left_.notify_one();
}

/// What it returns is closed by the caller, without the lock.
template <typename Predicate>
std::vector<ConnectionPool::Unused> ConnectionPool::remove_if(Predicate predicate) {
  const auto kept = std::stable_partition(unused_.begin(), unused_.end(),
                                          [&](const Unused& each) { return !predicate(each); });
  std::vector<Unused> removed(std::make_move_iterator(kept),
                              std::make_move_iterator(unused_.end()));
  unused_.erase(kept, unused_.end());
  return removed;
}

std::unique_ptr<LdapConnection> ConnectionPool::take(std::size_t server) {
  std::vector<Unused> closed;
  std::unique_ptr<LdapConnection> taken;
  const std::lock_guard lock(mutex_);
  const auto oldest = std::chrono::steady_clock::now() - kIdle;
  closed = remove_if([&](const Unused& each) { return each.since <= oldest; });
  const auto last = std::find_if(unused_.rbegin(), unused_.rend(),
                                 [&](const Unused& each) { return each.server == server; });
  if (last != unused_.rend()) {
    taken = std::move(last->connection);
    unused_.erase(std::next(last).base());
  } else if (in_use_ + unused_.size() > size_) {
    // Room for the one that will be opened. The server is another one.
    unused_.erase(unused_.begin());
  }
  return taken;
}

void ConnectionPool::give_back(std::size_t server, std::unique_ptr<LdapConnection> connection) {
  if (!connection->usable()) return;
  const std::lock_guard lock(mutex_);
  unused_.push_back({server, std::move(connection), std::chrono::steady_clock::now()});
}

void ConnectionPool::close(std::size_t server) {
  std::vector<Unused> closed;
  const std::lock_guard lock(mutex_);
  closed = remove_if([&](const Unused& each) { return each.server == server; });
}

void ConnectionPool::close_idle() {
  std::vector<Unused> closed;
  const auto oldest = std::chrono::steady_clock::now() - kIdle;
  const std::lock_guard lock(mutex_);
  forget_inherited();
  closed = remove_if([&](const Unused& each) { return each.since <= oldest; });
}

}  // namespace certmap
