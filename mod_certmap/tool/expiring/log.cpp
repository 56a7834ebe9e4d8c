#include "tool/expiring/log.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstring>

#include "core/text/calendar.h"
#include "core/text/joined.h"

namespace certmap {
namespace {

constexpr std::string_view kTimeForm = "0000-00-00T00:00:00";
constexpr std::size_t kMostShapes = 100'000;  // a cache only: beyond it lines are parsed again
constexpr std::string_view kStart = R"({"@timestamp":")";

/// What stands between `mark` and the first `end` behind it; empty where one of them is missing.
/// Inside a string of compact JSON neither can stand: its quotes would be escaped.
std::string_view part(std::string_view line, std::string_view mark, std::string_view end) {
  // find() stops at every quote, of which a line has a hundred.
  const void* found = memmem(line.data(), line.size(), mark.data(), mark.size());
  if (found == nullptr) return {};
  line.remove_prefix(static_cast<const char*>(found) + mark.size() - line.data());
  const auto stop = line.find(end);
  return stop == line.npos ? std::string_view() : line.substr(0, stop);
}

/// All of a line in CertMap's own form that matters here, but for the time; empty: parse it.
std::string shape_of(std::string_view line) {
  const auto action = part(line, R"("action":")", R"(",")");
  const auto reason = part(line, R"("reason":")", R"(",")");
  const auto digest = part(line, R"("sha256":")", R"("})");
  const auto user = part(line, R"("user":{"name":")", R"("},")");
  const auto email = part(line, R"({"type":"email","value":")", "\"");
  const auto truncated = part(line, R"("truncated":)", "}");
  const bool whole = line.starts_with(kStart) && line.ends_with("}}");
  if (!whole || reason.empty() || digest.empty() || (reason == "mapped" && user.empty())) return {};
  return joined(std::array{action, reason, digest, email, truncated, user}, {}, " ");
}

std::string_view account_of(const EventReader& event) {
  return event.text(EventPart::Outcome) == "success" ? event.text(EventPart::Account) : "";
}

/// A certificate counts where it gave an account, or would have, had it not expired meanwhile.
bool counts(const EventReader& event) {
  return !account_of(event).empty() || event.text(EventPart::Reason) == "certificate_expired";
}

/// Alternative names are logged in the order of the certificate, and cut from the end.
Told told_by(const EventReader& event) {
  if (event.text(EventPart::Truncated).empty()) return Told::All;
  return event.text(EventPart::Email).empty() ? Told::SomeNames : Told::Address;
}

std::string_view without_prefix(std::string_view line) {
  const auto start = line.find('{');
  return start == line.npos ? line : line.substr(start);
}

bool has_form(std::string_view text) {
  return text.size() > kTimeForm.size() && text.ends_with('Z') &&
         has_digits_as(kTimeForm, text.substr(0, kTimeForm.size()));
}

int digits_of(std::string_view digits) {
  int value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

/// Of what stands behind the seconds: ".678Z".
int milliseconds_in(std::string_view fraction) {
  std::string digits;
  for (std::size_t i = 1; i < fraction.size() && digits.size() < 3; ++i)
    if (fraction[0] == '.' && fraction[i] >= '0' && fraction[i] <= '9') digits += fraction[i];
  digits.resize(3, '0');
  return digits_of(digits);
}

/// The same as seconds_of(), in milliseconds.
std::int64_t milliseconds_of(std::string_view text) {
  if (!has_form(text)) return -1;
  const auto at = [&](std::size_t start, std::size_t length) {
    return digits_of(text.substr(start, length));
  };
  const auto day = day_of(text.substr(0, text.find('T')));
  const int hour = at(11, 2), minute = at(14, 2), second = at(17, 2);
  if (!day || hour > 23 || minute > 59 || second > 60) return -1;
  const auto seconds = *day + 3600 * hour + 60 * minute + second;
  return seconds * 1000 + milliseconds_in(text.substr(kTimeForm.size()));
}

}  // namespace

std::int64_t seconds_of(std::string_view text) {
  const auto milliseconds = milliseconds_of(text);
  return milliseconds < 0 ? -1 : milliseconds / 1000;
}

bool is_decision(const EventReader& event) {
  return event.text(EventPart::Action) == "authenticate";
}

bool is_digest(std::string_view text) {
  return text.size() == kDigestLength && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F');
         });
}

std::int64_t read_event_line(EventReader& event, std::string_view line) {
  if (!event.read(line) || event.text(EventPart::Version).empty() ||
      event.text(EventPart::Action).empty())
    return -1;
  const auto digest = event.text(EventPart::Sha256);
  if (!digest.empty() && !is_digest(digest)) return -1;
  return milliseconds_of(event.text(EventPart::Time));
}

void EventLines::read_line(std::string_view line, LogLines& lines) {
  ++lines.all;
  if (line.find_first_not_of(" \t\r") == line.npos) return;
  if (read_event(without_prefix(line))) {
    ++lines.events;
    return;
  }
  if (lines.others++ == 0) lines.first_other = lines.all;
}

bool Sightings::read_event(std::string_view line) {
  const auto shape = shape_of(line);
  if (!shape.empty() && seen_before(shape, line)) return true;
  const auto time = read_event_line(event_, line);
  if (time < 0) return false;
  const auto digest = event_.text(EventPart::Sha256);
  if (digest.empty() || !is_decision(event_)) return true;
  auto last = last_.find(digest);
  if (last == last_.end()) last = last_.emplace(kept(digest), Last{}).first;
  const bool refused = event_.text(EventPart::Outcome) != "success";
  Shape known{sighting_of_event(last->first), &last->second, refused};
  known.widen(time);
  if (shapes_.size() >= kMostShapes) shapes_.clear();
  if (!shape.empty()) shapes_.emplace(shape, known);
  return true;
}

/// Null where the event says nothing about an account. `digest` is kept.
Sighting* Sightings::sighting_of_event(std::string_view digest) {
  const auto not_after = seconds_of(event_.text(EventPart::NotAfter));
  if (not_after < 0 || !counts(event_)) return nullptr;
  const auto account = account_of(event_);
  auto found = sightings_.find({account, digest});
  if (found == sightings_.end())
    found = sightings_.emplace(Key{kept(account), digest}, Sighting{}).first;
  auto& sighting = found->second;
  sighting.not_after = not_after;
  if (not_after <= horizon_ && told_by(event_) > sighting.told) describe(sighting);
  return &sighting;
}

void Sightings::describe(Sighting& sighting) {
  sighting.serial = kept(event_.text(EventPart::Serial));
  sighting.subject = kept(event_.text(EventPart::SubjectText));
  const auto issuer = event_.text(EventPart::IssuerText);
  if (issuer != last_issuer_) last_issuer_ = kept(issuer);
  sighting.issuer = last_issuer_;
  sighting.email = kept(event_.text(EventPart::Email));
  sighting.told = told_by(event_);
}

std::string_view Sightings::kept(std::string_view text) {
  if (text.empty()) return {};
  auto* copy = static_cast<char*>(texts_.allocate(text.size(), 1));
  std::ranges::copy(text, copy);
  return {copy, text.size()};
}

bool Sightings::seen_before(const std::string& shape, std::string_view line) {
  const auto known = shapes_.find(shape);
  if (known == shapes_.end()) return false;
  const auto time = milliseconds_of(part(line, kStart, "\""));
  if (time < 0) return false;
  known->second.widen(time);
  return true;
}

bool Sightings::was_last_refused(std::string_view sha256) const {
  const auto known = last_.find(sha256);
  return known != last_.end() && known->second.refused;
}

void Sightings::Shape::widen(std::int64_t milliseconds) {
  if (sighting != nullptr) {
    const auto time = milliseconds / 1000;
    sighting->first = sighting->first == 0 ? time : std::min(sighting->first, time);
    sighting->last = std::max(sighting->last, time);
  }
  if (milliseconds >= last->milliseconds) *last = {milliseconds, refused};
}

}  // namespace certmap
