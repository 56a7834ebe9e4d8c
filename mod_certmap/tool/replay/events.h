// The last decision about each certificate at each place that an audit log knows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/explain/replay.h"
#include "tool/expiring/log.h"

namespace certmap {

/// Pairs of certificate and place, which clients can make by the million.
inline constexpr std::size_t kMostPairs = 1'000'000;
/// Octets of paths, accounts and reasons, whose lengths are in the hands of whoever makes requests.
inline constexpr std::size_t kMostText = 256 * 1024 * 1024;

/// Which events count; what is empty or 0 leaves out none.
struct EventFilter {
  std::string vhost;       ///< a ServerName, or the Host of requests; ":PORT" is for httpd
  std::string location;    ///< this path, and what is below it
  std::int64_t since = 0;  ///< seconds since 1970
};

struct LastEvent {
  std::int64_t milliseconds = -1;
  bool let_in = false;
  std::string account;  ///< of who was let in
  std::string reason;   ///< a word of docs/audit.md; "mapped" of who was refused by Require
  bool is_cut = false;  ///< the log may have no more than the beginning of the path
};

/// The places are those of the events, decoded paths; the certificates SHA-256 in lower-case hex.
class LastEvents : public EventLines {
 public:
  using Pair = std::pair<std::size_t, std::size_t>;  ///< certificate, place

  explicit LastEvents(EventFilter filter) : filter_(std::move(filter)) {}

  const std::vector<std::string>& certificates() const { return certificates_; }
  const std::vector<AskedPlace>& places() const { return places_; }
  const std::map<Pair, LastEvent>& all() const { return all_; }
  /// Decisions about a certificate that were read, whether they count or not.
  std::size_t decisions() const { return decisions_; }
  std::size_t left_out() const { return left_out_; }  ///< because of kMostPairs or kMostText

 private:
  bool read_event(std::string_view line) override;
  AskedPlace read_place() const;
  bool counts(const AskedPlace& place, std::int64_t milliseconds) const;
  bool is_known(const std::string& sha256, const AskedPlace& place) const;
  void take(const std::string& sha256, const AskedPlace& place, std::int64_t milliseconds);

  const EventFilter filter_;
  EventReader event_;
  std::vector<std::string> certificates_;
  std::vector<AskedPlace> places_;
  std::map<std::string, std::size_t> certificate_numbers_;
  std::map<AskedPlace, std::size_t> place_numbers_;
  std::map<Pair, LastEvent> all_;
  std::size_t decisions_ = 0, left_out_ = 0, text_ = 0;
};

}  // namespace certmap
