// Moments, in seconds since 1970, in UTC.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace certmap {

/// Later than any moment.
inline constexpr std::int64_t kForever = std::numeric_limits<std::int64_t>::max();
inline constexpr std::int64_t kSecondsPerDay = 24 * 60 * 60;

/// What the clock of this machine says.
std::int64_t now_in_seconds();

/// The moment as RFC 3339 has it: "2026-12-21T15:04:46Z"; with milliseconds where they are not
/// negative.
std::string utc_text(std::int64_t seconds, int milliseconds = -1);

/// The day as "2026-12-21".
std::string utc_date(std::int64_t seconds);

/// Whether a digit stands where `form` has 0, and else what `form` has.
bool has_digits_as(std::string_view form, std::string_view text);

/// The first second of "2026-12-21"; empty: there is no such day.
std::optional<std::int64_t> day_of(std::string_view date);

/// Whole days from `now` to `end`, rounded down: -1 as soon as `end` is past.
std::int64_t days_between(std::int64_t now, std::int64_t end);

}  // namespace certmap
