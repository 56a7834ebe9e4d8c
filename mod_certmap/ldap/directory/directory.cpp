#include "ldap/directory/directory.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <numeric>
#include <stop_token>
#include <utility>

#include "core/text/joined.h"
#include "ldap/directory/check.h"

namespace certmap {
namespace {

using Clock = std::chrono::steady_clock;
using Kind = LdapFailure::Kind;

Finding failed(std::string why) {
  return {.reason = Reason::BackendUnavailable, .detail = std::move(why)};
}

Finding several(const std::string& server, const SearchResult& result) {
  std::string detail = server + " finds more than one entry";
  for (const auto& entry : result.entries)
    detail += (&entry == &result.entries.front() ? ": " : " and ") + entry.dn;
  return {.reason = Reason::AmbiguousAccount, .detail = std::move(detail)};
}

Finding finding_of(const std::string& server, SearchResult result) {
  if (result.limited || result.entries.size() > 1) return several(server, result);
  if (result.entries.empty()) return {.reason = Reason::NoRuleMatched};
  return {.entry = std::move(result.entries[0]), .reason = Reason::Mapped};
}

void add(std::string& sentences, const std::string& sentence) {
  if (!sentences.empty()) sentences += "; ";
  sentences += sentence;
}

}  // namespace

std::vector<std::size_t> Servers::order(Clock::time_point now) {
  std::vector<std::size_t> numbers(avoided_until_.size());
  std::iota(numbers.begin(), numbers.end(), 0);
  if (numbers.size() == 1) return numbers;
  const std::lock_guard lock(mutex_);
  std::stable_partition(numbers.begin(), numbers.end(),
                        [&](std::size_t n) { return avoided_until_[n] <= now; });
  for (auto& until : avoided_until_)
    if (until != Clock::time_point() && until <= now) until = now + kAvoided;
  return numbers;
}

void Servers::failed(std::size_t server, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  avoided_until_[server] = now + kAvoided;
}

void Servers::answered(std::size_t server) {
  if (avoided_until_.size() == 1) return;
  const std::lock_guard lock(mutex_);
  avoided_until_[server] = {};
}

Directory::Directory(DirectorySettings settings)
    : settings_(std::move(settings)),
      options_(settings_),
      requests_{Servers(settings_.servers.size()), ConnectionPool(settings_.connections)},
      trials_{Servers(settings_.servers.size()), ConnectionPool(1)} {}

std::string Directory::name() const { return joined(settings_.servers, {}, " "); }

Finding Directory::search(const SearchRequest& request, Clock::time_point start,
                          const std::stop_token& trial) {
  const auto begin = Clock::now();
  auto finding = search_in_order(request, start, trial);
  if (search_observer_) search_observer_(Clock::now() - begin);
  return finding;
}

Finding Directory::search_in_order(const SearchRequest& request, Clock::time_point start,
                                   const std::stop_token& trial) {
  const Deadline deadline(start + settings_.timeout, trial);
  const bool is_trial = trial.stop_possible();
  auto& [servers, pool] = is_trial ? trials_ : requests_;
  const auto place = pool.enter(deadline);
  if (!place)
    return failed(name() + ": all " + std::to_string(settings_.connections) +
                  " connections of this process (CertMapLDAPConnections) are busy");
  std::string why;
  bool is_down = true;
  const auto numbers = servers.order(Clock::now());
  for (std::size_t tried = 0; tried < numbers.size() && !trial.stop_requested(); ++tried) {
    const auto number = numbers[tried];
    const auto& server = settings_.servers[number];
    const auto time = time_left(deadline) / static_cast<int>(numbers.size() - tried);
    try {
      auto result = ask(*place, number, request, {Clock::now() + time, trial});
      servers.answered(number);
      if (!is_trial) report(true, {});
      return finding_of(server, std::move(result));
    } catch (const LdapFailure& failure) {
      add(why, server + " " + failure.what());
      if (failure.kind() == Kind::Question) return failed(why);
      if (counts_against(failure.kind(), time))
        servers.failed(number, Clock::now());
      else
        is_down = false;
    }
  }
  if (is_down && !is_trial) report(false, why);
  return failed(why);
}

SearchResult Directory::ask(ConnectionPool& pool, std::size_t server, const SearchRequest& request,
                            Deadline deadline) {
  const auto ask_by = [&](std::unique_ptr<LdapConnection> connection) {
    const auto keep = [&](LdapConnection* used) {
      pool.give_back(server, std::unique_ptr<LdapConnection>(used));
    };
    const std::unique_ptr<LdapConnection, decltype(keep)> used(connection.release(), keep);
    return used->search(request, deadline);
  };
  if (auto pooled = pool.take(server)) {
    try {
      return ask_by(std::move(pooled));
    } catch (const LdapFailure& failure) {
      if (failure.kind() != Kind::Connection && failure.kind() != Kind::Timeout) throw;
      pool.close(server);  // the others are no better
      if (failure.kind() == Kind::Timeout) throw;
    }
  }
  return ask_by(
      std::make_unique<LdapConnection>(settings_, options_, settings_.servers[server], deadline));
}

/// Whether the failure tells that the server is down. One that was given hardly any time, because
/// all connections were busy before, did not fail.
bool Directory::counts_against(Kind kind, std::chrono::milliseconds time) const {
  const auto fair = std::chrono::milliseconds(settings_.timeout) /
                    (2 * static_cast<int>(settings_.servers.size()));
  return kind != Kind::Elsewhere && (kind != Kind::Timeout || time >= fair);
}

void Directory::report(bool up, const std::string& why) {
  if (health_.set(up) && observer_) observer_(*this, up, why);
}

std::vector<std::string> Directory::check(const SearchRequest& request,
                                          const std::vector<std::string>& filter_attributes) {
  std::vector<std::string> sentences;
  std::string why;
  bool is_up = false;
  for (const auto& server : settings_.servers) {
    if (failed_checks_.contains(server)) continue;
    try {
      const Deadline deadline = Clock::now() + settings_.timeout;
      LdapConnection connection(settings_, options_, server, deadline);
      if (const auto sentence = check_base(connection, request.base, deadline); !sentence.empty())
        sentences.push_back(server + " " + sentence);
      if (std::exchange(is_up, true)) continue;  // one schema is enough
      for (const auto& sentence :
           check_attributes(connection, request.attributes, filter_attributes, deadline))
        sentences.push_back(server + " " + sentence);
    } catch (const LdapFailure& failure) {
      failed_checks_.insert(server);
      add(why, sentences.emplace_back(server + " " + failure.what()));
    }
  }
  if (is_up || !why.empty()) report(is_up, is_up ? "" : why);
  return sentences;
}

void Directory::look_again(const std::string& base) {
  if (!health_.is_turn()) return;
  for (const auto& server : settings_.servers) try {
      const Deadline deadline = Clock::now() + settings_.timeout;
      LdapConnection connection(settings_, options_, server, deadline);
      check_base(connection, base, deadline);
      return report(true, {});
    } catch (const LdapFailure&) {
      continue;  // it was told that it is down
    }
}

void Directory::close_idle() {
  requests_.pool.close_idle();
  trials_.pool.close_idle();
}

}  // namespace certmap
