#include "core/text/calendar.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <ctime>

namespace certmap {
namespace {

/// `number`, not negative, with zeros before it.
void append(std::string& text, std::int64_t number, int digits) {
  std::int64_t unit = 1;
  for (int i = 1; i < digits || number / unit > 9; ++i) unit *= 10;
  for (; unit > 0; unit /= 10) text += static_cast<char>('0' + number / unit % 10);
}

}  // namespace

std::string utc_text(std::int64_t seconds, int milliseconds) {
  const std::chrono::sys_seconds time{std::chrono::seconds(seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  const auto year = static_cast<int>(date.year());
  std::string text(year < 0 ? "-" : "");
  append(text, year < 0 ? -year : year, 4);
  append(text += '-', static_cast<unsigned>(date.month()), 2);
  append(text += '-', static_cast<unsigned>(date.day()), 2);
  append(text += 'T', clock.hours().count(), 2);
  append(text += ':', clock.minutes().count(), 2);
  append(text += ':', clock.seconds().count(), 2);
  if (milliseconds >= 0) append(text += '.', milliseconds, 3);
  return text += 'Z';
}

std::string utc_date(std::int64_t seconds) {
  const auto text = utc_text(seconds);
  return text.substr(0, text.find('T'));
}

std::optional<std::int64_t> day_of(std::string_view date) {
  constexpr std::string_view kForm = "0000-00-00";
  const bool has_form = std::ranges::equal(date, kForm, [](char c, char form) {
    return form == '0' ? c >= '0' && c <= '9' : c == form;
  });
  if (!has_form) return {};
  const auto number = [&](std::size_t start, std::size_t length) {
    unsigned value = 0;
    for (const char digit : date.substr(start, length))
      value = value * 10 + static_cast<unsigned>(digit - '0');
    return value;
  };
  using namespace std::chrono;
  const year_month_day day(year(static_cast<int>(number(0, 4))), month(number(5, 2)),
                           std::chrono::day(number(8, 2)));
  if (!day.ok()) return {};
  return sys_days(day).time_since_epoch().count() * kSecondsPerDay;
}

std::int64_t now_in_seconds() { return static_cast<std::int64_t>(std::time(nullptr)); }

std::int64_t days_between(std::int64_t now, std::int64_t end) {
  const auto left = end - now;
  return left / kSecondsPerDay - (left % kSecondsPerDay < 0 ? 1 : 0);
}

}  // namespace certmap
