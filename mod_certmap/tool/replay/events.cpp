#include "tool/replay/events.h"

#include "core/audit/event.h"
#include "core/text/encodings.h"

namespace certmap {
namespace {

bool is_below(std::string_view path, std::string_view location) {
  if (!path.starts_with(location)) return false;
  return location.empty() || location.ends_with('/') || path.size() == location.size() ||
         path[location.size()] == '/';
}

/// The number of `key`, which is the next one where it is new.
template <typename Numbers, typename Key>
std::size_t number_of(Numbers& numbers, const Key& key) {
  return numbers.emplace(key, numbers.size()).first->second;
}

}  // namespace

bool LastEvents::counts(const AskedPlace& place, std::int64_t milliseconds) const {
  if (milliseconds < filter_.since * 1000 || !is_below(place.location, filter_.location))
    return false;
  if (filter_.vhost.empty()) return true;
  const auto wanted = to_lower(read_vhost(filter_.vhost).name);
  return to_lower(event_.text(EventPart::ServiceName)) == wanted ||
         to_lower(event_.text(EventPart::UrlDomain)) == wanted;
}

/// Require makes no difference between GET and HEAD.
AskedPlace LastEvents::read_place() const {
  AskedPlace place{.vhost = std::string(event_.text(EventPart::ServiceName)),
                   .location = std::string(event_.text(EventPart::UrlPath)),
                   .host = to_lower(event_.text(EventPart::UrlDomain))};
  if (place.vhost.empty()) place.vhost = place.host;
  const auto method = event_.text(EventPart::Method);
  if (!method.empty() && method != "HEAD") place.method = method;
  return place;
}

bool LastEvents::read_event(std::string_view line) {
  const auto milliseconds = read_event_line(event_, line);
  if (milliseconds < 0) return false;
  const auto digest = to_lower(event_.text(EventPart::Sha256));
  if (digest.empty() || !is_decision(event_)) return true;
  auto place = read_place();
  if (!place.location.starts_with('/')) return true;  // "OPTIONS *" is about no place
  ++decisions_;
  if (!counts(place, milliseconds)) return true;
  if (!filter_.vhost.empty()) place.vhost = filter_.vhost;
  take(digest, place, milliseconds);
  return true;
}

bool LastEvents::is_known(const std::string& sha256, const AskedPlace& place) const {
  const auto certificate = certificate_numbers_.find(sha256);
  const auto known = place_numbers_.find(place);
  return certificate != certificate_numbers_.end() && known != place_numbers_.end() &&
         all_.contains({certificate->second, known->second});
}

void LastEvents::take(const std::string& sha256, const AskedPlace& place,
                      std::int64_t milliseconds) {
  if ((all_.size() >= kMostPairs || text_ >= kMostText) && !is_known(sha256, place))
    return void(++left_out_);
  const Pair pair{number_of(certificate_numbers_, sha256), number_of(place_numbers_, place)};
  if (pair.first == certificates_.size()) certificates_.push_back(sha256);
  if (pair.second == places_.size()) {
    places_.push_back(place);
    text_ +=
        2 * (place.vhost.size() + place.location.size() + place.method.size() + place.host.size());
  }
  auto& last = all_[pair];
  if (milliseconds < last.milliseconds) return;
  const bool let_in = event_.text(EventPart::Outcome) == "success";
  last = {milliseconds, let_in, std::string(let_in ? event_.text(EventPart::Account) : ""),
          std::string(event_.text(EventPart::Reason)),
          !event_.text(EventPart::Truncated).empty() && may_be_cut(place.location.size())};
  text_ += last.account.size() + last.reason.size();
}

}  // namespace certmap
