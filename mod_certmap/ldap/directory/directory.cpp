#include "ldap/directory/directory.h"

#include <chrono>
#include <cstddef>
#include <utility>

#include "ldap/directory/check.h"

namespace certmap {
namespace {

using Clock = std::chrono::steady_clock;
using Kind = LdapFailure::Kind;

Finding failed(std::string why) {
  return {.entry = {}, .reason = Reason::BackendUnavailable, .detail = std::move(why)};
}

Finding several(const std::string& server, const SearchResult& result) {
  std::string detail = server + " finds more than one entry";
  for (const auto& entry : result.entries)
    detail += (&entry == &result.entries.front() ? ": " : " and ") + entry.dn;
  return {.entry = {}, .reason = Reason::AmbiguousAccount, .detail = std::move(detail)};
}

Finding finding_of(const std::string& server, SearchResult result) {
  if (result.limited || result.entries.size() > 1) return several(server, result);
  if (result.entries.empty()) return {.entry = {}, .reason = Reason::NoRuleMatched, .detail = {}};
  return {.entry = std::move(result.entries[0]), .reason = Reason::Mapped, .detail = {}};
}

void add(std::string& sentences, const std::string& sentence) {
  if (!sentences.empty()) sentences += "; ";
  sentences += sentence;
}

}  // namespace

Directory::Directory(DirectorySettings settings)
    : settings_(std::move(settings)),
      options_(settings_),
      servers_(settings_.servers.size()),
      pool_(settings_.connections) {}

Directory::~Directory() = default;

std::string Directory::name() const {
  std::string name;
  for (const auto& server : settings_.servers) name += (name.empty() ? "" : " ") + server;
  return name;
}

Finding Directory::search(const SearchRequest& request, Clock::time_point start) {
  const auto begin = Clock::now();
  auto finding = search_in_order(request, start);
  if (search_observer_) search_observer_(Clock::now() - begin);
  return finding;
}

Finding Directory::search_in_order(const SearchRequest& request, Clock::time_point start) {
  const Deadline deadline = start + settings_.timeout;
  auto place = pool_.enter(deadline);
  if (!place)
    return failed(name() + ": all " + std::to_string(settings_.connections) +
                  " connections of this process (CertMapLDAPConnections) are busy");
  std::string why;
  bool is_down = true;
  const auto numbers = servers_.order(Clock::now());
  for (std::size_t tried = 0; tried < numbers.size(); ++tried) {
    const auto number = numbers[tried];
    const auto& server = settings_.servers[number];
    const auto time = time_left(deadline) / static_cast<int>(numbers.size() - tried);
    try {
      auto result = ask(place, number, request, Clock::now() + time);
      servers_.answered(number);
      report(true, {});
      return finding_of(server, std::move(result));
    } catch (const LdapFailure& failure) {
      add(why, server + " " + failure.what());
      if (failure.kind() == Kind::Question) return failed(why);
      is_down = counts_against(number, failure.kind(), time) && is_down;
    }
  }
  if (is_down) report(false, why);
  return failed(why);
}

SearchResult Directory::ask(ConnectionPool::Place& place, std::size_t server,
                            const SearchRequest& request, Deadline deadline) {
  const auto ask_by = [&](std::unique_ptr<LdapConnection> connection) {
    const auto keep = [&](LdapConnection* used) {
      place.give_back(server, std::unique_ptr<LdapConnection>(used));
    };
    const std::unique_ptr<LdapConnection, decltype(keep)> used(connection.release(), keep);
    return used->search(request, deadline);
  };
  if (auto pooled = place.take(server)) {
    try {
      return ask_by(std::move(pooled));
    } catch (const LdapFailure& failure) {
      if (failure.kind() != Kind::Connection && failure.kind() != Kind::Timeout) throw;
      place.close(server);  // the others are no better
      if (failure.kind() == Kind::Timeout) throw;
    }
  }
  return ask_by(
      std::make_unique<LdapConnection>(settings_, options_, settings_.servers[server], deadline));
}

/// Whether the failure tells that the server is down; if so it is avoided for a while. One that was
/// given hardly any time, because all connections were busy before, did not fail.
bool Directory::counts_against(std::size_t server, Kind kind, std::chrono::milliseconds time) {
  const auto fair = std::chrono::milliseconds(settings_.timeout) /
                    (2 * static_cast<int>(settings_.servers.size()));
  if (kind == Kind::Elsewhere || (kind == Kind::Timeout && time < fair)) return false;
  servers_.failed(server, Clock::now());
  return true;
}

void Directory::report(bool up, const std::string& why) {
  if (health_.set(up) && observer_) observer_(*this, up, why);
}

std::vector<std::string> Directory::check(const SearchRequest& request,
                                          const std::vector<std::string>& filter_attributes) {
  std::vector<std::string> sentences;
  std::string why;
  bool is_up = false;
  bool knows_schema = false;
  for (const auto& server : settings_.servers) {
    const Deadline deadline = Clock::now() + settings_.timeout;
    auto place = pool_.enter(deadline);
    if (!place) continue;
    try {
      LdapConnection connection(settings_, options_, server, deadline);
      is_up = true;
      if (const auto sentence = check_base(connection, request.base, deadline); !sentence.empty())
        sentences.push_back(server + " " + sentence);
      if (std::exchange(knows_schema, true)) continue;
      for (const auto& sentence :
           check_attributes(connection, request.attributes, filter_attributes, deadline))
        sentences.push_back(server + " " + sentence);
    } catch (const LdapFailure& failure) {
      add(why, sentences.emplace_back(server + " " + failure.what()));
    }
  }
  if (is_up || !why.empty()) report(is_up, is_up ? "" : why);
  return sentences;
}

void Directory::close_idle() { pool_.close_idle(); }

}  // namespace certmap
