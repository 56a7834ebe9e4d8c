// A directory as the rules see it: several servers, a pool of connections, a deadline.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "core/rule/decision.h"
#include "ldap/directory/health.h"
#include "ldap/directory/pool.h"
#include "ldap/wire/connection.h"
#include "ldap/wire/options.h"

namespace certmap {

/// Which of its servers to try first, as this process knows them. Safe for any number of threads.
class Servers {
 public:
  using Clock = std::chrono::steady_clock;
  /// For so long a server that failed is tried last; then one caller finds out for the others.
  static constexpr std::chrono::seconds kAvoided{30};

  explicit Servers(std::size_t count) : avoided_until_(count) {}

  /// The numbers of all servers, in the order to try them in.
  std::vector<std::size_t> order(Clock::time_point now);
  void failed(std::size_t server, Clock::time_point now);
  void answered(std::size_t server);

 private:
  std::mutex mutex_;
  std::vector<Clock::time_point> avoided_until_;  ///< the epoch: it is not
};

/// What a search came to: an entry, or why there is none.
struct Finding {
  std::optional<Entry> entry;
  Reason reason = Reason::BackendUnavailable;  ///< NoRuleMatched: none was found
  std::string detail;                          ///< the sentence for the error log
};

/// Safe for any number of threads. Made while the configuration is read; connections are opened by
/// the process that searches.
class Directory {
 public:
  /// Told when it stops or begins to answer, once for all processes. `why` is empty where it is up.
  using Observer = std::function<void(const Directory& directory, bool up, const std::string& why)>;

  /// Throws ConfigError where the settings' certificates cannot be used.
  explicit Directory(DirectorySettings settings);

  const DirectorySettings& settings() const { return settings_; }
  bool is_up() const { return health_.is_up(); }
  /// The servers, for logs: "ldap://a:389 ldap://b:389"
  std::string name() const;
  void set_observer(Observer observer) { observer_ = std::move(observer); }
  /// Told of each search, and how long it took in all.
  using SearchObserver = std::function<void(std::chrono::nanoseconds time)>;
  void set_search_observer(SearchObserver observer) { search_observer_ = std::move(observer); }
  /// Whether it answers is known from before, and kept there. Before any process is forked.
  void keep_health_in(HealthWord& word) { health_.keep_in(word); }

  /// Takes the settings' timeout since `start` at most, but for DNS (see LdapConnection). Servers
  /// are tried in order, each with an equal share of what is left; one that failed lately is tried
  /// last. A pooled connection that turns out to be stale is replaced once. A search of a trial
  /// (one that can be stopped) has a connection and an order of servers of its own, and what it
  /// comes to tells nothing of whether the directory is up.
  Finding search(const SearchRequest& request,
                 std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now(),
                 const std::stop_token& trial = {});

  /// What an administrator should know before the first search: the directory cannot be reached,
  /// the base is not there, attributes are not in its schema. A sentence each. Called by one thread
  /// at a time; searches do not wait for it, as its connections are its own. Takes the settings'
  /// timeout at most for each server; one that failed is left out of later checks.
  std::vector<std::string> check(const SearchRequest& request,
                                 const std::vector<std::string>& filter_attributes);

  /// Looks whether one that is down answers again, when it is this process's turn: a search at
  /// `base` on a connection of its own, which takes the settings' timeout for each server at most.
  void look_again(const std::string& base);

  /// Closes connections that nobody used for a while.
  void close_idle();

 private:
  /// How those who search reach the servers.
  struct Way {
    Servers servers;
    ConnectionPool pool;
  };

  Finding search_in_order(const SearchRequest& request, std::chrono::steady_clock::time_point start,
                          const std::stop_token& trial);
  SearchResult ask(ConnectionPool& pool, std::size_t server, const SearchRequest& request,
                   Deadline deadline);
  bool counts_against(LdapFailure::Kind kind, std::chrono::milliseconds time) const;
  void report(bool up, const std::string& why);

  DirectorySettings settings_;
  LdapOptions options_;
  Health health_;
  Observer observer_;
  SearchObserver search_observer_;
  Way requests_, trials_;
  std::set<std::string> failed_checks_;
};

}  // namespace certmap
