#include "core/text/calendar.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <ctime>

namespace certmap {

std::string utc_text(std::int64_t seconds, int milliseconds) {
  const std::chrono::sys_seconds time{std::chrono::seconds(seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const auto second = static_cast<int>((time - day).count());
  std::array<char, 64> text{};
  int length = std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d",
                             static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                             static_cast<unsigned>(date.day()), second / 3600, second / 60 % 60,
                             second % 60);
  if (milliseconds >= 0)
    length += std::snprintf(text.data() + length, text.size() - length, ".%03d", milliseconds);
  return std::string(text.data(), length) + "Z";
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
