#include "tool/expiring_log.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>

#include "core/calendar.h"

namespace certmap {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kTimeForm = "0000-00-00T00:00:00";
constexpr std::size_t kMostShapes = 100'000;  // a cache only: beyond it lines are parsed again
constexpr std::string_view kStart = R"({"@timestamp":")";

std::string text_at(const Json& event, const char* pointer) {
  const Json::json_pointer path(pointer);
  if (!event.contains(path)) return {};
  const auto& value = event.at(path);
  return value.is_string() ? value.get<std::string>() : std::string();
}

/// What stands between `mark` and the first `end` behind it; empty where one of them is missing.
/// Inside a string of compact JSON neither can stand: its quotes would be escaped.
std::string_view part(std::string_view line, std::string_view mark, std::string_view end) {
  const auto found = line.find(mark);
  if (found == line.npos) return {};
  const auto start = found + mark.size(), stop = line.find(end, start);
  return stop == line.npos ? std::string_view() : line.substr(start, stop - start);
}

/// All of a line in CertMap's own form that matters here, but for the time; empty: parse it.
std::string shape_of(std::string_view line) {
  const auto reason = part(line, R"("reason":")", R"(",")");
  const auto digest = part(line, R"("sha256":")", R"("})");
  const auto user = part(line, R"("user":{"name":")", R"("},")");
  const bool whole = line.starts_with(kStart) && line.ends_with("}}");
  if (!whole || reason.empty() || digest.empty() || (reason == "mapped" && user.empty())) return {};
  return std::string(reason).append(" ").append(digest).append(" ").append(user);
}

std::string account_of(const Json& event) {
  return text_at(event, "/event/outcome") == "success" ? text_at(event, "/user/name") : "";
}

/// A certificate counts where it gave an account, or would have, had it not expired meanwhile.
bool counts(const Json& event) {
  return text_at(event, "/event/action") == "authenticate" &&
         (!account_of(event).empty() || text_at(event, "/event/reason") == "certificate_expired");
}

void widen(Sighting& sighting, std::int64_t time) {
  sighting.first = sighting.first == 0 ? time : std::min(sighting.first, time);
  sighting.last = std::max(sighting.last, time);
}

void describe(Sighting& sighting, const Json& event) {
  sighting.serial = text_at(event, "/tls/client/x509/serial_number");
  sighting.subject = text_at(event, "/tls/client/x509/subject/distinguished_name");
  sighting.issuer = text_at(event, "/tls/client/x509/issuer/distinguished_name");
}

std::string_view without_prefix(std::string_view line) {
  const auto start = line.find('{');
  return start == line.npos ? line : line.substr(start);
}

bool has_form(std::string_view text) {
  return text.size() > kTimeForm.size() && text.ends_with('Z') &&
         std::equal(kTimeForm.begin(), kTimeForm.end(), text.begin(), [](char form, char c) {
           return form == '0' ? c >= '0' && c <= '9' : c == form;
         });
}

int digits_of(std::string_view digits) {
  int value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

}  // namespace

std::int64_t seconds_of(std::string_view text) {
  if (!has_form(text)) return -1;
  const auto at = [&](std::size_t start, std::size_t length) {
    return digits_of(text.substr(start, length));
  };
  using namespace std::chrono;
  const year_month_day date(year(at(0, 4)), month(static_cast<unsigned>(at(5, 2))),
                            day(static_cast<unsigned>(at(8, 2))));
  const int hour = at(11, 2), minute = at(14, 2), second = at(17, 2);
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return -1;
  return sys_days(date).time_since_epoch().count() * kSecondsPerDay + 3600 * hour + 60 * minute +
         second;
}

void AuditLog::read_line(std::string_view line, std::size_t number, LogLines& lines) {
  if (line.find_first_not_of(" \t\r") == line.npos) return;
  if (read_event(without_prefix(line))) {
    ++lines.events;
    return;
  }
  if (lines.others++ == 0) lines.first_other = number;
}

bool AuditLog::read_event(std::string_view line) {
  const auto shape = shape_of(line);
  if (!shape.empty() && seen_before(shape, line)) return true;
  const auto event = Json::parse(line, nullptr, false);
  const auto time = seconds_of(text_at(event, "/@timestamp"));
  if (time < 0 || text_at(event, "/ecs/version").empty() || text_at(event, "/event/action").empty())
    return false;
  const auto digest = text_at(event, "/tls/client/hash/sha256");
  const auto not_after = seconds_of(text_at(event, "/tls/client/x509/not_after"));
  if (digest.empty() || not_after < 0 || !counts(event)) return true;
  auto& sighting = sightings_[{account_of(event), digest}];
  sighting.not_after = not_after;
  if (sighting.first == 0 && not_after <= horizon_) describe(sighting, event);
  widen(sighting, time);
  if (shapes_.size() >= kMostShapes) shapes_.clear();
  if (!shape.empty()) shapes_.emplace(shape, &sighting);
  return true;
}

bool AuditLog::seen_before(const std::string& shape, std::string_view line) {
  const auto known = shapes_.find(shape);
  if (known == shapes_.end()) return false;
  const auto time = seconds_of(part(line, kStart, "\""));
  if (time < 0) return false;
  widen(*known->second, time);
  return true;
}

}  // namespace certmap
