#include "core/text/calendar.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <ctime>

namespace certmap {
namespace {

/// Puts a number where a text has so many zeros.
void put(char* at, std::int64_t number, int digits) {
  for (; digits > 0; number /= 10) at[--digits] = static_cast<char>('0' + number % 10);
}

}  // namespace

std::string utc_text(std::int64_t seconds, int milliseconds) {
  const std::chrono::sys_seconds time{std::chrono::seconds(seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const auto second = static_cast<std::uint32_t>((time - day).count());
  const auto year = static_cast<int>(date.year());
  std::string text = milliseconds >= 0 ? "0000-00-00T00:00:00.000Z" : "0000-00-00T00:00:00Z";
  if (year >= 0 && year <= 9999)
    put(text.data(), year, 4);
  else
    text.replace(0, 4, std::to_string(year));
  char* at = text.data() + text.find('-', 1);
  put(at + 1, static_cast<unsigned>(date.month()), 2);
  put(at + 4, static_cast<unsigned>(date.day()), 2);
  put(at + 7, second / 3600, 2);
  put(at + 10, second / 60 % 60, 2);
  put(at + 13, second % 60, 2);
  if (milliseconds >= 0) put(at + 16, milliseconds, 3);
  return text;
}

std::string utc_date(std::int64_t seconds) {
  const auto text = utc_text(seconds);
  return text.substr(0, text.find('T'));
}

bool has_digits_as(std::string_view form, std::string_view text) {
  return std::ranges::equal(
      form, text, [](char f, char c) { return f == '0' ? c >= '0' && c <= '9' : c == f; });
}

std::optional<std::int64_t> day_of(std::string_view date) {
  if (!has_digits_as("0000-00-00", date)) return {};
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
